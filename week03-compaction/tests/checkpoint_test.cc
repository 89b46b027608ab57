// A copy of a running store is a complete store, or it does not exist.
#include "compaction/checkpoint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <set>
#include <thread>

#include "compaction/backup.h"
#include "compaction/verify.h"
#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "small_engine.h"
#include "testing/crash_explorer.h"
#include "testing/eventually.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::compaction {
namespace {

using lsm::LsmStore;
using testing::contents_of;
using testing::FailsWith;
using testing::IsOk;
using testing::Model;

std::unique_ptr<LsmStore> open(env::FileSystem& fs, const env::Path& path,
                               const EngineOptions& options = small_engine()) {
  auto store = open_small(fs, path, options);
  EXPECT_THAT(store, IsOk());
  return store ? *std::move(store) : nullptr;
}

Model contents_at(env::FileSystem& fs, const env::Path& path) {
  const auto store = open(fs, path);
  return store ? contents_of(*store).value() : Model{{"it does not", "open"}};
}

// The lines that say where its logs end are of version 2, the line of a copy is of version 3.
TEST(Checkpoint, OfAStoreOfVersion1HasVersion3) {
  env::SimulatedFileSystem fs;
  ASSERT_THAT(open(fs, "/store")->put("a", "1"), IsOk());
  StoreFile store = decode_store(as_text(fs.content("/store/STORE"))).value();
  store.identity.version = 1;
  store.ends.clear();
  const std::string text = encode_store(store);
  fs.set_content("/store/STORE", Bytes(as_bytes(text).begin(), as_bytes(text).end()));
  ASSERT_THAT(checkpoint(*open(fs, "/store"), "/copy"), IsOk());
  const auto copy = decode_store(as_text(fs.content("/copy/STORE")));
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(copy->identity.version, 3u);
  EXPECT_EQ(copy->ends.size(), 2u);
  EXPECT_EQ(contents_at(fs, "/copy"), (Model{{"a", "1"}}));
}

std::string id_of(Store& store) {
  const auto stats = store.stats().value();
  return std::ranges::find(stats, "store_id", &Stat::name)->text();
}

TEST(Checkpoint, HasAnIdOfItsOwnAndKeepsIt) {
  env::SimulatedFileSystem fs;
  std::set<std::string> ids;
  {
    const auto store = open(fs, "/store");
    ids.insert(id_of(*store));
    ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());
    ASSERT_THAT(checkpoint(*store, "/second"), IsOk());
    ids.insert(id_of(*store));
  }
  ids.insert(id_of(*open(fs, "/copy")));
  ids.insert(id_of(*open(fs, "/second")));
  ASSERT_THAT(checkpoint(*open(fs, "/copy"), "/third"), IsOk());
  ids.insert(id_of(*open(fs, "/third")));
  ids.insert(id_of(*open(fs, "/copy")));
  EXPECT_EQ(ids.size(), 4u) << "the store, its two copies, and the copy of a copy";
}

TEST(Checkpoint, IsTheStoreAtThatMomentAndBothGoOn) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store");
  Model model;
  ASSERT_THAT(write_some(*store, model, 0, 500), IsOk());
  ASSERT_GT(store->version().table_count(), 0u);
  ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());

  Model later = model;
  ASSERT_THAT(write_some(*store, later, 1000, 500), IsOk());
  ASSERT_THAT(store->compact(), IsOk());
  const auto copy = open(fs, "/copy");
  EXPECT_EQ(contents_of(*copy).value(), model);
  ASSERT_THAT(write_some(*copy, model, 2000, 500), IsOk());
  ASSERT_THAT(copy->compact(), IsOk());
  EXPECT_EQ(contents_of(*copy).value(), model);
  EXPECT_EQ(contents_of(*store).value(), later);
  ASSERT_THAT(copy->close(), IsOk());
  ASSERT_THAT(store->close(), IsOk());
  EXPECT_EQ(contents_at(fs, "/copy"), model);
  EXPECT_EQ(contents_at(fs, "/store"), later);
}

TEST(Checkpoint, OfAnEmptyStoreIsOne) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store");
  ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());
  EXPECT_EQ(contents_at(fs, "/copy"), Model());
}

TEST(Checkpoint, OfACheckpointIsOne) {
  env::SimulatedFileSystem fs;
  Model model;
  const auto store = open(fs, "/store");
  ASSERT_THAT(write_some(*store, model, 0, 300), IsOk());
  ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());
  ASSERT_THAT(checkpoint(*open(fs, "/copy"), "/second"), IsOk());
  EXPECT_EQ(contents_at(fs, "/second"), model);
}

// After a power cut during a checkpoint the store is complete, the copy is complete or does not
// exist, and remains do not prevent the next attempt.
void check_what_is_left(env::SimulatedFileSystem& disk, const Model& model, SyncMode sync) {
  {
    const auto store = open(disk, "/store");
    ASSERT_TRUE(store);
    if (sync == SyncMode::kAlways) {
      ASSERT_EQ(contents_of(*store).value(), model);
    }
    if (disk.kind_of("/copy").value() == env::FileKind::kMissing) {
      const Model found = contents_of(*store).value();
      ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());
      ASSERT_EQ(disk.kind_of("/copy.strata-checkpoint.tmp").value(), env::FileKind::kMissing);
      ASSERT_EQ(contents_at(disk, "/copy"), found);
      return;
    }
  }
  ASSERT_EQ(contents_at(disk, "/copy"), model);
}

void cut_at_every_call(SyncMode sync) {
  env::SimulatedFileSystem fs;
  Model model;
  EngineOptions options = small_engine();
  options.store.sync = sync;
  const auto store = open(fs, "/store", options);
  ASSERT_THAT(write_some(*store, model, 0, 200), IsOk());
  std::uint64_t calls = 0;
  fs.on_change([&] {
    ++calls;
    if (::testing::Test::HasFailure()) return;
    SCOPED_TRACE(fmt::format("call {}", calls));
    for (const env::PowerCut& cut : testing::power_cuts(calls)) {
      SCOPED_TRACE(cut.describe());
      check_what_is_left(*fs.after_power_cut(cut), model, sync);
    }
    check_what_is_left(*fs.after_process_death(), model, sync);
  });
  ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());
  fs.on_change(nullptr);
  EXPECT_GT(calls, 10u);
  // Once it was answered, the copy survives a power cut.
  EXPECT_EQ(contents_at(*fs.after_power_cut({}), "/copy"), model);
}

TEST(Checkpoint, IsWholeOrNotThereAfterAPowerCutAtAnyCall) { cut_at_every_call(SyncMode::kAlways); }

TEST(Checkpoint, IsAsDurableOfAStoreThatDoesNotSync) { cut_at_every_call(SyncMode::kNever); }

TEST(Checkpoint, RefusesAPlaceThatIsTakenOrWithinTheStore) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store");
  ASSERT_THAT(fs.make_directory("/taken"), IsOk());
  const std::uint64_t before = fs.fingerprint();
  EXPECT_THAT(checkpoint(*store, "/taken"), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(checkpoint(*store, "/taken/"), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(checkpoint(*store, "/store"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(checkpoint(*store, "/store/copy"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(checkpoint(*store, "/taken/../store/x"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(checkpoint(*store, ""), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(fs.fingerprint(), before);
  EXPECT_THAT(checkpoint(*store, "/store2"), IsOk()) << "a name that merely begins alike";
}

TEST(Checkpoint, AndABackupRefuseAPlaceWithinAnotherStore) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store");
  ASSERT_THAT(open(fs, "/other/store"), ::testing::NotNull());
  for (const char* inside : {"/other/store/copy", "/other/store/new/copy"}) {
    const auto refused = checkpoint(*store, inside);
    ASSERT_THAT(refused, FailsWith(ErrorCode::kInvalidArgument)) << inside;
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("within the store /other/store;"));
    EXPECT_THAT(copy_store(fs, "/other/store", "/store/copy"),
                FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_EQ(fs.kind_of("/other/store/new").value(), env::FileKind::kMissing);
  }
  EXPECT_THAT(checkpoint(*store, "/other/copy"), IsOk()) << "beside a store";
  EXPECT_THAT(checkpoint(*store, "/other/store"), FailsWith(ErrorCode::kConflict));
}

// VERIFY reads the tables. A checkpoint takes no time because it does not.
TEST(Checkpoint, HasTheDamageOfItsStore) {
  env::SimulatedFileSystem fs;
  Model model;
  const auto store = open(fs, "/store");
  ASSERT_THAT(write_some(*store, model, 0, 300), IsOk());
  const env::Path table = env::Path("/store/tables") / fs.list("/store/tables").value().front();
  Bytes bytes = fs.content(table);
  bytes[20] ^= std::byte{1};
  fs.set_content(table, std::move(bytes));
  ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());
  EXPECT_THAT(verify(*open(fs, "/copy")), FailsWith(ErrorCode::kCorruption));
}

TEST(Checkpoint, RemovesNothingThatNoCopyHolds) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store");
  ASSERT_THAT(fs.make_directory("/copy.strata-checkpoint.tmp"), IsOk());
  ASSERT_THAT(fs.create("/copy.strata-checkpoint.tmp/photo"), IsOk());
  EXPECT_THAT(checkpoint(*store, "/copy"), FailsWith(ErrorCode::kConflict));
  EXPECT_EQ(fs.kind_of("/copy.strata-checkpoint.tmp/photo").value(), env::FileKind::kFile);
}

TEST(Checkpoint, ThatFailsAtASyncLeavesNothing) {
  std::uint64_t failed = 0;
  for (std::uint64_t index = 0;; ++index) {
    SCOPED_TRACE(index);
    env::SimulatedFileSystem fs;
    Model model;
    const auto store = open(fs, "/store");
    ASSERT_THAT(write_some(*store, model, 0, 100), IsOk());
    fs.fail_call(env::DiskCall::kSync, index);
    const auto made = checkpoint(*store, "/copy");
    if (made) {
      ASSERT_TRUE(fs.fault_pending(env::DiskCall::kSync))
          << "a failed sync was kept from the caller";
      break;
    }
    ++failed;
    EXPECT_EQ(fs.kind_of("/copy").value(), env::FileKind::kMissing);
    EXPECT_EQ(fs.kind_of("/copy.strata-checkpoint.tmp").value(), env::FileKind::kMissing);
    EXPECT_EQ(contents_of(*store).value(), model);
  }
  EXPECT_GT(failed, 5u);
}

TEST(Checkpoint, IsMadeByOneOfThoseWhoWantThePlace) {
  env::SimulatedFileSystem fs;
  Model model;
  const auto store = open(fs, "/store", small_engine(env::threads()));
  ASSERT_THAT(write_some(*store, model, 0, 300), IsOk());
  for (int round = 0; round < 20; ++round) {
    const env::Path copy = fmt::format("/copy{}", round);
    std::array<Result<void>, 2> made;
    {
      const std::jthread one([&] { made[0] = checkpoint(*store, copy); });
      made[1] = checkpoint(*store, copy);
    }
    EXPECT_NE(made[0].has_value(), made[1].has_value());
    EXPECT_THAT(made[made[0].has_value() ? 1 : 0], FailsWith(ErrorCode::kConflict));
    EXPECT_EQ(contents_at(fs, copy), model);
  }
}

TEST(Checkpoint, OfAClosedStoreIsRefused) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store");
  ASSERT_THAT(store->close(), IsOk());
  EXPECT_THAT(checkpoint(*store, "/copy"), FailsWith(ErrorCode::kUnavailable));
}

// Makes checkpoints while a writer fills memtables and flushes and compactions run.
TEST(Checkpoint, HasEveryWriteThatWasAcknowledgedBefore) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store", small_engine(env::threads()));
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<bool> ended{false};
  std::exception_ptr thrown;  // before it has ended
  std::jthread writer([&](const std::stop_token& stop) {
    try {
      for (std::uint64_t i = 0; !stop.stop_requested(); ++i) {
        if (!store->put(fmt::format("{:06}", i), std::string(100, 'v'))) break;
        acknowledged = i + 1;
      }
    } catch (...) {
      thrown = std::current_exception();
    }
    ended = true;
  });
  for (std::uint64_t round = 0; round < 10; ++round) {
    ASSERT_TRUE(testing::eventually([&] { return ended || acknowledged >= 300 * (round + 1); }));
    if (ended && thrown) std::rethrow_exception(thrown);
    ASSERT_FALSE(ended) << "a put failed";
    const env::Path copy = fmt::format("/copy{}", round);
    const std::uint64_t before = acknowledged;
    ASSERT_THAT(checkpoint(*store, copy), IsOk());
    const Model found = contents_at(fs, copy);
    ASSERT_GE(found.size(), before);
    ASSERT_EQ(found.rbegin()->first, fmt::format("{:06}", found.size() - 1)) << "without a gap";
  }
}

// The store's directory is moved away, and another store takes its name.
TEST(Checkpoint, AndVerifyReadTheDirectoryThatTheStoreOpened) {
  const testing::TemporaryDirectory parent;
  env::FileSystem& fs = env::posix_file_system();
  const env::Path name = parent.path() / "store";
  const auto store = open(fs, name);
  Model model;
  ASSERT_THAT(write_some(*store, model, 0, 300), IsOk());
  ASSERT_THAT(fs.rename(name, parent.path() / "moved"), IsOk());
  const auto other = open(fs, name);
  ASSERT_THAT(other->put("other", "store"), IsOk());
  EXPECT_THAT(verify(*store), IsOk());
  ASSERT_THAT(checkpoint(*store, parent.path() / "copy"), IsOk());
  EXPECT_EQ(contents_at(fs, parent.path() / "copy"), model);
}

TEST(Checkpoint, ThatLacksTheEndOfALogIsRefused) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs, "/store");
  Model model;
  ASSERT_THAT(write_some(*store, model, 0, 50), IsOk());
  ASSERT_THAT(checkpoint(*store, "/copy"), IsOk());
  constexpr std::size_t kVoucher = 16;
  for (const char* log : {"/copy/wal", "/copy/manifest"}) {
    const auto disk = fs.after_process_death();
    auto names = disk->list(log).value();
    if (log == std::string_view("/copy/wal")) {  // its last segment is empty
      ASSERT_THAT(disk->remove(env::Path(log) / names.back()), IsOk());
      names.pop_back();
    }
    const env::Path last = env::Path(log) / names.back();
    Bytes bytes = disk->content(last);
    bytes.resize(bytes.size() - kVoucher);
    disk->set_content(last, bytes);
    EXPECT_THAT(open_small(*disk, "/copy"), FailsWith(ErrorCode::kCorruption)) << log;
  }
}

}  // namespace
}  // namespace strata::compaction
