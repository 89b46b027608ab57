// S2 to S5 in common/docs/reliability.md, for the store: damaged files, failing calls, failing
// syncs, a full disk. No acknowledged write may be lost, and no write may appear that nobody made.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "testing/damage_explorer.h"
#include "testing/fault_explorer.h"
#include "testing/model.h"
#include "testing/sanitizers.h"
#include "testing/temporary_directory.h"
#include "wal/logged_store.h"

namespace strata::wal {
namespace {

using testing::Fault;
using testing::FaultOutcome;
using testing::Model;

LoggedStoreOptions frequent_checkpoints() {
  LoggedStoreOptions options;
  options.log = {.segment_bytes = 512, .preallocate = 256};
  options.workers = &env::inline_workers();
  options.checkpoint_min_log_bytes = 1000;
  options.checkpoint_ratio = 2;
  return options;
}

testing::FaultTrace trace_of(int writes) {
  testing::FaultTrace trace;
  trace.open = [](env::FileSystem& fs, const env::Path& directory) {
    return LoggedStore::open(fs, directory, frequent_checkpoints());
  };
  trace.writes = writes;
  return trace;
}

TEST(Faults, AnErrorAtAnyCallIsReportedAndLosesNothing) {  // S3
  for (const bool sticky : {false, true})
    fail_every_call(trace_of(14), Fault::kIoError, sticky,
                    [](const FaultOutcome& outcome) { EXPECT_TRUE(outcome.reported); });
}

TEST(Faults, InterruptedAndShortCallsAreNotEvenNoticed) {  // S3
  for (const Fault what : {Fault::kInterrupted, Fault::kShort})
    for (const bool sticky : {false, true})
      fail_every_call(trace_of(8), what, sticky, [](const FaultOutcome& outcome) {
        EXPECT_TRUE(outcome.opened);
        EXPECT_EQ(outcome.failures, 0);
      });
}

TEST(Faults, ADiskThatIsFullAtAnyCallLosesNothing) {  // S5
  for (const bool sticky : {false, true})
    fail_every_call(trace_of(14), Fault::kDiskFull, sticky, [](const FaultOutcome&) {});
}

TEST(Faults, AfterAFailedSyncEveryWriteIsRefusedUntilTheStoreIsOpenedAgain) {  // S4
  fail_every_call(trace_of(14), Fault::kSyncError, false, [](const FaultOutcome& outcome) {
    // If the sync of a checkpoint's own file fails, the log can go on. But once a write was
    // refused, all later ones are refused.
    EXPECT_EQ(outcome.successes_after_failure, 0);
  });
}

// The same on a disk that loses the bytes that a failed sync should have written.
TEST(Faults, NothingUnsyncedWasAcknowledgedWhicheverSyncFails) {  // S4
  for (std::uint64_t index = 0;; ++index) {
    SCOPED_TRACE(fmt::format("sync {} fails", index));
    env::SimulatedFileSystem fs;
    fs.fail_call(env::DiskCall::kSync, index);
    const FaultOutcome outcome = testing::run_fault_trace(trace_of(60), fs, "/store");
    const bool reached =
        !outcome.opened || outcome.failures > 0 || !fs.fault_pending(env::DiskCall::kSync);
    const auto disk = fs.after_power_cut({});
    auto reopened = LoggedStore::open(*disk, "/store", frequent_checkpoints());
    ASSERT_TRUE(reopened.has_value()) << reopened.error().message;
    const auto found = testing::contents_of(**reopened);
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(outcome.expected.violation(*found), "");
    if (!reached) break;
  }
}

TEST(Faults, AFullDiskIsAClearErrorAndPasses) {  // S5
  std::uint64_t limits_hit = 0;
  for (std::uint64_t capacity = 0; capacity < 12'000; capacity += 97) {
    SCOPED_TRACE(fmt::format("{} bytes", capacity));
    env::SimulatedFileSystem fs;
    fs.set_capacity(capacity);
    auto store = LoggedStore::open(fs, "/store", frequent_checkpoints());
    if (!store) {
      EXPECT_EQ(store.error().code, ErrorCode::kUnavailable) << store.error().message;
      fs.set_capacity(~std::uint64_t{0});
      EXPECT_TRUE(LoggedStore::open(fs, "/store", frequent_checkpoints()).has_value());
      continue;
    }
    Model model;
    for (int i = 0; i < 120; ++i) {
      const std::string value = fmt::format("value {} {}", i, std::string(50, 'x'));
      const std::string key = fmt::format("key{}", i);
      const auto written = (*store)->put(key, value);
      if (written) {
        model[key] = value;
        continue;
      }
      ++limits_hit;
      ASSERT_EQ(written.error().code, ErrorCode::kUnavailable) << written.error().message;
      ASSERT_EQ(*testing::contents_of(**store), model);  // reads go on; no write is there in part
      fs.set_capacity(~std::uint64_t{0});
      ASSERT_TRUE((*store)->put(key, value).has_value());
      model[key] = value;
    }
    ASSERT_TRUE((*store)->close().has_value());
    auto reopened = LoggedStore::open(fs, "/store", frequent_checkpoints());
    ASSERT_TRUE(reopened.has_value());
    ASSERT_EQ(testing::difference(model, *testing::contents_of(**reopened)), "");
  }
  EXPECT_GT(limits_hit, 50u);
}

// S2, for every kind of file in the directory of a store that was closed normally.
class Damage : public ::testing::Test {
 protected:
  void SetUp() override {
    LoggedStoreOptions options = frequent_checkpoints();
    options.auto_checkpoint = false;
    auto store = LoggedStore::open(fs_, "/store", options);
    ASSERT_TRUE(store.has_value()) << store.error().message;
    const auto put = [&](int from, int to) {
      for (int i = from; i < to; ++i) {
        const WriteBatch batch = WriteBatch().put(fmt::format("key{:02}", i), std::string(40, 'v'));
        ASSERT_TRUE((*store)->write(batch).has_value());
        testing::apply(batch, store_.contents);
      }
    };
    put(0, 20);
    ASSERT_TRUE((*store)->checkpoint().has_value());
    put(20, 40);
    ASSERT_TRUE((*store)->close().has_value());
    explorer_.emplace(fs_, store_);
    ASSERT_GE(explorer_->files().size(), 4u);  // STORE, a snapshot, two segments or more
  }

  env::SimulatedFileSystem fs_;
  testing::DamagedStore store_{.open =
                                   [](env::FileSystem& fs) {
                                     return LoggedStore::open(fs, "/store", frequent_checkpoints());
                                   },
                               .directory = "/store",
                               .contents = {}};
  std::optional<testing::DamageExplorer> explorer_;
};

TEST_F(Damage, AFlippedByteAnywhereIsRefusedOrHarmless) {
  explorer_->flip_each_byte();
  EXPECT_GT(explorer_->refused(), testing::kSanitized ? 90u : 1000u);
}

TEST_F(Damage, AZeroedSectorIsRefusedOrHarmless) { explorer_->zero_each_sector(); }

TEST_F(Damage, AFileCutShortIsRefused) { explorer_->cut_each_file(5); }

TEST_F(Damage, AMissingFileIsRefused) { explorer_->remove_each_file(); }

TEST_F(Damage, AnotherFileOfTheSameKindInItsPlaceIsRefused) {
  explorer_->put_each_file_over_another();
  EXPECT_GE(explorer_->refused(), 2u);
}

// The log of a store that was closed in good order is cut between two frames. Its last records were
// synced, and no frame that is left vouches for them; STORE says how far the log reached.
class ClosedLog : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kFrame = 40;  // of each record
  const env::Path kLog = "/store/wal/00000000000000000000.log";

  Result<std::unique_ptr<LoggedStore>> open(env::FileSystem& fs) {
    return LoggedStore::open(fs, "/store");
  }
  void write(Store& store, int from, int to) {
    for (int i = from; i < to; ++i)
      ASSERT_TRUE(store.put(fmt::format("k{:02}", i), "v").has_value());
  }
  void cut(env::SimulatedFileSystem& fs, std::uint64_t size) {
    Bytes bytes = fs.content(kLog);
    ASSERT_LT(size, bytes.size());
    bytes.resize(size);
    fs.set_content(kLog, bytes);
  }

  env::SimulatedFileSystem fs_;
};

TEST_F(ClosedLog, ThatWasCutBetweenTwoFramesIsRefused) {
  {
    const auto store = open(fs_);
    ASSERT_TRUE(store.has_value());
    write(**store, 0, 30);
    ASSERT_TRUE((*store)->close().has_value());
  }
  const std::uint64_t whole = fs_.content(kLog).size();
  for (std::uint64_t size = kSegmentHeaderSize; size < whole; size += 8) {
    const auto disk = fs_.after_process_death();
    cut(*disk, size);
    const std::uint64_t before = disk->fingerprint();
    const auto opened = open(*disk);
    ASSERT_FALSE(opened.has_value()) << size;
    EXPECT_EQ(opened.error().code, ErrorCode::kCorruption);
    EXPECT_THAT(opened.error().message, ::testing::HasSubstr("when it was closed"));
    EXPECT_EQ(disk->fingerprint(), before);
  }
}

TEST_F(ClosedLog, ThatWasUsedAgainAndNotClosedMayBeTornOnlyAfterItsOldEnd) {
  for (int round = 0; round < 2; ++round) {
    const auto store = open(fs_);
    ASSERT_TRUE(store.has_value());
    write(**store, 10 * round, 10 * round + 10);
    ASSERT_TRUE((*store)->close().has_value());
  }
  const std::uint64_t closed = fs_.content(kLog).size();
  const auto store = open(fs_);
  ASSERT_TRUE(store.has_value());
  write(**store, 20, 30);
  const auto crashed = fs_.after_process_death();
  // Without a close, nothing vouches for the last group; what it takes with it is the price that
  // FORMAT.md names. The old end stays guarded.
  for (const std::uint64_t size : {closed, closed + 16 + 3 * kFrame}) {
    const auto disk = crashed->after_process_death();
    cut(*disk, size);
    const auto opened = open(*disk);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_EQ(testing::contents_of(**opened)->size(), size == closed ? 20u : 23u);
  }
  cut(*crashed, closed - 16);
  EXPECT_FALSE(open(*crashed).has_value());
}

TEST_F(ClosedLog, OfAnOlderProgramSaysNothingAndIsRead) {
  {
    const auto store = open(fs_);
    write(**store, 0, 3);
    ASSERT_TRUE((*store)->close().has_value());
  }
  StoreFile old = decode_store(as_text(fs_.content("/store/STORE"))).value();
  old.identity.version = 1;
  old.ends.clear();
  const std::string text = encode_store(old);
  fs_.set_content("/store/STORE", Bytes(as_bytes(text).begin(), as_bytes(text).end()));
  {
    const auto store = open(fs_);
    ASSERT_TRUE(store.has_value()) << store.error().message;
    EXPECT_EQ(testing::contents_of(**store)->size(), 3u);
    ASSERT_TRUE((*store)->close().has_value());
  }
  EXPECT_EQ(decode_store(as_text(fs_.content("/store/STORE")))->identity.version, 2u);
  cut(fs_, kSegmentHeaderSize + 16 + kFrame);
  EXPECT_FALSE(open(fs_).has_value());
}

// The note is written last. A disk that is full by then keeps the old one, and loses nothing.
TEST_F(ClosedLog, OnAFullDiskIsClosedAllTheSame) {
  {
    const auto store = open(fs_);
    write(**store, 0, 3);
    fs_.set_capacity(0);
    EXPECT_TRUE((*store)->close().has_value());
  }
  fs_.set_capacity(1 << 30);
  const auto store = open(fs_);
  ASSERT_TRUE(store.has_value());
  EXPECT_EQ(testing::contents_of(**store)->size(), 3u);
}

// A copy of the directory was made of hard links, as `cp -al` and rsnapshot do. Whoever writes to
// one of the two leaves the other as it was, also if the power is cut.
TEST_F(ClosedLog, ThatIsSharedWithACopyByHardLinksIsNotWrittenInPlace) {
  {
    const auto store = open(fs_);
    write(**store, 0, 10);
    ASSERT_TRUE((*store)->close().has_value());
  }
  ASSERT_TRUE(fs_.make_directory("/copy").has_value());
  ASSERT_TRUE(fs_.make_directory("/copy/wal").has_value());
  for (const char* directory : {"/store", "/store/wal"}) {
    const auto names = fs_.list(directory).value();
    const env::Path to = directory == std::string_view("/store") ? "/copy" : "/copy/wal";
    for (const std::string& name : names) {
      if (name != "wal") {
        ASSERT_TRUE(fs_.link(env::Path(directory) / name, to / name).has_value());
      }
    }
    ASSERT_TRUE(fs_.sync_directory(to).has_value());
  }
  ASSERT_TRUE(fs_.sync_directory("/").has_value());
  const auto shared = fs_.content(kLog);
  fs_.on_change([&] {
    EXPECT_TRUE(fs_.content(kLog) == shared);
    const auto disk = fs_.after_power_cut({.names = env::Unsynced::kSubset});
    EXPECT_TRUE(disk->content(kLog) == shared);
    EXPECT_TRUE(LoggedStore::open(*disk, "/copy").has_value());
  });
  {
    const auto copy = LoggedStore::open(fs_, "/copy");
    ASSERT_TRUE(copy.has_value()) << copy.error().message;
    write(**copy, 10, 20);
    ASSERT_TRUE((*copy)->close().has_value());
  }
  fs_.on_change(nullptr);
  EXPECT_EQ(testing::contents_of(**open(fs_))->size(), 10u);
  EXPECT_EQ(testing::contents_of(**LoggedStore::open(fs_, "/copy"))->size(), 20u);
}

// A backup has restored one file in an older state.
TEST(StaleCopy, OfAnyFileIsRefusedOrHarmless) {
  env::SimulatedFileSystem fs;
  LoggedStoreOptions options = frequent_checkpoints();
  options.auto_checkpoint = false;
  Model model;
  std::vector<std::map<env::Path, Bytes>> backups;
  {
    auto store = LoggedStore::open(fs, "/store", options);
    ASSERT_TRUE(store.has_value());
    for (int i = 0; i < 40; ++i) {
      const WriteBatch batch = WriteBatch().put(fmt::format("key{:02}", i), std::string(40, 'v'));
      ASSERT_TRUE((*store)->write(batch).has_value());
      testing::apply(batch, model);
      if (i == 25) {
        ASSERT_TRUE((*store)->checkpoint().has_value());
      }
      auto& backup = backups.emplace_back();
      for (const char* directory : {"/store", "/store/wal"}) {
        const auto names = fs.list(directory);
        for (const std::string& name : *names)
          if (name != "wal")
            backup[env::Path(directory) / name] = fs.content(env::Path(directory) / name);
      }
    }
    ASSERT_TRUE((*store)->close().has_value());
  }
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < backups.size(); ++i)
    for (const auto& [path, bytes] : backups[i]) {
      SCOPED_TRACE(fmt::format("{} as after write {}", path.string(), i));
      const auto disk = fs.after_power_cut({});
      if (disk->kind_of(path) == env::FileKind::kMissing) continue;  // dropped since then
      disk->set_content(path, bytes);
      const auto opened = LoggedStore::open(*disk, "/store", options);
      if (!opened) {
        ++refused;
        EXPECT_EQ(opened.error().code, ErrorCode::kCorruption);
        continue;
      }
      EXPECT_EQ(*testing::contents_of(**opened), model);
    }
  EXPECT_GT(refused, 10u);
}

// A full disk leaves the old content, and the store goes on.
TEST(Faults, AFullDiskDuringAReplacementEndsOnlyTheReplacement) {
  int went_on = 0;
  for (std::uint64_t capacity = 0;; capacity += 16) {
    SCOPED_TRACE(fmt::format("{} bytes", capacity));
    env::SimulatedFileSystem fs;
    auto store = LoggedStore::open(fs, "/store", frequent_checkpoints()).value();
    ASSERT_TRUE(store->put("a", "1").has_value());
    fs.set_capacity(capacity);
    testing::ListCursor entries(testing::ListCursor::Pairs{{"b", "2"}});
    const auto replaced = store->replace(entries);
    fs.set_capacity(~std::uint64_t{0});
    if (replaced) break;
    const auto written = store->put("c", "3");
    if (written) {
      ++went_on;
      EXPECT_EQ(testing::difference({{"a", "1"}, {"c", "3"}}, *testing::contents_of(*store)), "");
    }
    store.reset();
    const auto again = LoggedStore::open(fs, "/store", frequent_checkpoints()).value();
    if (written) {
      EXPECT_EQ(testing::difference({{"a", "1"}, {"c", "3"}}, *testing::contents_of(*again)), "");
    }
  }
  EXPECT_GT(went_on, 10);
}

// S3 for Store::replace(): as long as nobody knows which content the disk has, no write is taken.
TEST(Faults, NoWriteFollowsAReplacementOfUnknownOutcome) {
  const auto open = [](env::FileSystem& fs) {
    return LoggedStore::open(fs, "/store", frequent_checkpoints());
  };
  for (const env::DiskCall kind :
       {env::DiskCall::kWrite, env::DiskCall::kSync, env::DiskCall::kNames})
    for (std::uint64_t index = 0;; ++index) {
      SCOPED_TRACE(fmt::format("call {} of kind {}", index, static_cast<int>(kind)));
      env::SimulatedFileSystem fs;
      auto store = open(fs).value();
      ASSERT_TRUE(store->put("a", "1").has_value());
      fs.fail_call(kind, index);
      testing::ListCursor entries(testing::ListCursor::Pairs{{"b", "2"}});
      const auto replaced = store->replace(entries);
      if (fs.fault_pending(kind)) break;
      const auto written = store->put("c", "3");
      store.reset();
      Model right = replaced ? Model{{"b", "2"}} : Model{{"a", "1"}};
      if (written) right["c"] = "3";
      const Model found = testing::contents_of(*open(fs).value()).value();
      if (written || replaced)
        EXPECT_EQ(testing::difference(right, found), "");
      else
        EXPECT_TRUE(found == Model({{"a", "1"}}) || found == Model({{"b", "2"}}));
    }
}

}  // namespace
}  // namespace strata::wal
