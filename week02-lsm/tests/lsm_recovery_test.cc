// What the store promises between its calls to the disk: what readers see, and what a crash leaves.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "env/simulated_file_system.h"
#include "lsm/lsm_store.h"
#include "testing/crash_explorer.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;
using testing::Model;

// Options with a fixed order of calls.
LsmOptions inline_options() {
  LsmOptions options;
  options.log = {.segment_bytes = 4096, .preallocate = 1024};
  options.workers = &env::inline_workers();
  return options;
}

std::unique_ptr<LsmStore> open(env::FileSystem& fs) {
  auto store = LsmStore::open(fs, "/store", inline_options());
  if (!store) throw std::runtime_error("it does not open: " + store.error().message);
  return *std::move(store);
}

std::string text_of(Store& store, bool reverse = false) {
  std::string text;
  const auto cursor = store.scan({.range = {}, .reverse = reverse}).value();
  while (const auto entry = cursor->next().value())
    text += fmt::format("{}={} ", entry->key, entry->value);
  return text;
}

TEST(LsmStoreOpen, ABatchMayChangeAKeyTwiceAndIsReplayedInOrder) {
  env::SimulatedFileSystem fs;
  auto store = open(fs);
  WriteBatch batch;
  batch.put("a", "1").remove("a").put("a", "2").put("b", "1").remove("b");
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(store->write(batch), IsOk());
    EXPECT_EQ(text_of(*store), "a=2 ");
    store.reset();
    store = open(fs);
    EXPECT_EQ(text_of(*store), "a=2 ");
    EXPECT_EQ(store->get("b").value(), std::nullopt);
  }
  const auto before = store->snapshot().value();
  ASSERT_THAT(store->put("a", "3"), IsOk());
  EXPECT_EQ(text_of(*store), "a=3 ");
  EXPECT_EQ(store->get("a", {.snapshot = before}).value(), "2");
}

TEST(LsmStoreOpen, NobodySeesAWriteBeforeItIsDurable) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs);
  int calls = 0;
  fs.on_change([&] {
    ++calls;
    EXPECT_EQ(store->get("a").value(), std::nullopt) << "at call " << calls;
  });
  ASSERT_THAT(store->put("a", "1"), IsOk());
  fs.on_change(nullptr);
  EXPECT_GE(calls, 2) << "a write and a sync";
  EXPECT_EQ(store->get("a").value(), "1");
}

TEST(LsmStoreOpen, AWriteThatWasNotMadeDurableIsNotSeen) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs);
  ASSERT_THAT(store->put("a", "1"), IsOk());
  fs.fail_call(env::DiskCall::kSync, 0);
  EXPECT_THAT(store->put("a", "2"), FailsWith(ErrorCode::kIo));
  EXPECT_EQ(store->get("a").value(), "1");
  EXPECT_EQ(text_of(*store), "a=1 ");
}

TEST(LsmStoreOpen, RemovesTablesThatNobodyNamesAndNothingElse) {
  env::SimulatedFileSystem fs;
  ASSERT_THAT(open(fs)->put("a", "1"), IsOk());
  for (const char* name : {"000007.table", "notes.txt"})
    ASSERT_THAT(fs.create(env::Path("/store/tables") / name), IsOk());
  EXPECT_EQ(text_of(*open(fs)), "a=1 ");
  EXPECT_THAT(fs.list("/store/tables").value(), ElementsAre("notes.txt"));
}

TEST(LsmStoreOpen, RemovesNothingWhereTheLogIsDamaged) {
  env::SimulatedFileSystem fs;
  {
    const auto store = open(fs);
    for (const char* key : {"a", "b", "c"})
      ASSERT_THAT(store->put(key, std::string(100, 'v')), IsOk());
  }
  ASSERT_THAT(fs.create("/store/tables/000007.table"), IsOk());
  const env::Path log = "/store/wal/" + fs.list("/store/wal").value().front();
  Bytes bytes = fs.content(log);
  const auto value = std::ranges::search(bytes, as_bytes(std::string_view("vvvv")));
  ASSERT_FALSE(value.empty());
  value.front() ^= std::byte{1};
  fs.set_content(log, bytes);
  EXPECT_THAT(LsmStore::open(fs, "/store"), FailsWith(ErrorCode::kCorruption));
  EXPECT_EQ(fs.content(log), bytes);
  EXPECT_THAT(fs.list("/store/tables").value(), ElementsAre("000007.table"));
}

// The meaning of OK in each mode, if the process dies or the power fails right after it.
TEST(LsmStoreOpen, AWriteSurvivesItsProcessAndOnceSyncedAPowerCut) {
  env::SimulatedFileSystem fs;
  LsmOptions options = inline_options();
  options.sync = SyncMode::kNever;
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  const auto of_the_next_process = fs.after_process_death();
  EXPECT_EQ(text_of(*open(*of_the_next_process)), "a=1 ");
  ASSERT_THAT(store->sync(), IsOk());
  const auto disk = fs.after_power_cut({});
  EXPECT_EQ(text_of(*open(*disk)), "a=1 ");
}

TEST(LsmStoreOpen, InTheModeIntervalWritesBecomeDurableByThemselves) {
  env::SimulatedFileSystem fs;
  LsmOptions options = inline_options();
  options.workers = &env::threads();
  options.sync = SyncMode::kInterval;
  options.sync_interval = std::chrono::milliseconds(1);
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  std::uint64_t looks = 0;
  const auto lost = [&] {
    const auto disk = fs.after_power_cut({});
    return text_of(*open(*disk)).empty();
  };
  while (lost()) ASSERT_LT(++looks, 10'000u);
}

// Without threads the time is looked at by each write.
TEST(LsmStoreOpen, InTheModeIntervalAWriteAfterTheIntervalSyncs) {
  env::SimulatedFileSystem fs;
  env::SimulatedClock clock;
  env::InlineWorkers workers(clock);
  LsmOptions options = inline_options();
  options.clock = &clock;
  options.workers = &workers;
  options.sync = SyncMode::kInterval;
  options.sync_interval = std::chrono::milliseconds(100);
  const auto store = LsmStore::open(fs, "/store", options).value();
  const auto durable = [&] { return text_of(*open(*fs.after_power_cut({}))); };
  clock.advance(std::chrono::milliseconds(99));
  ASSERT_THAT(store->put("a", "1"), IsOk());
  EXPECT_EQ(durable(), "");
  clock.advance(std::chrono::milliseconds(1));
  ASSERT_THAT(store->put("b", "2"), IsOk());
  EXPECT_EQ(durable(), "a=1 b=2 ");
  ASSERT_THAT(store->put("c", "3"), IsOk());
  EXPECT_EQ(durable(), "a=1 b=2 ") << "the next interval has begun";
}

// An exception between log and memtable: sequence numbers are taken but not used.
TEST(LsmStoreOpen, AnExceptionInTheMidstOfAWriteStopsWritesUntilItIsOpenedAgain) {
  struct BrokenClock final : env::Clock {
    std::chrono::microseconds wall() const override {
      if (broken) throw std::runtime_error("the clock");
      return {};
    }
    std::chrono::nanoseconds steady() const override { return {}; }
    bool broken = false;
  };
  env::SimulatedFileSystem fs;
  BrokenClock clock;
  LsmOptions options = inline_options();
  options.clock = &clock;
  auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  clock.broken = true;
  EXPECT_THROW(static_cast<void>(store->put("a", "2").has_value()), std::runtime_error);
  clock.broken = false;
  EXPECT_THAT(store->put("a", "3"), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(store->flush(), FailsWith(ErrorCode::kIo)) << "it might write half of a batch";
  EXPECT_EQ(store->get("a").value(), "1");
  store.reset();
  store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "4"), IsOk());
  EXPECT_EQ(text_of(*store), "a=4 ");
}

TEST(LsmStoreFlush, ADeletionHidesWhatOlderTablesSay) {
  env::SimulatedFileSystem fs;
  auto store = open(fs);
  for (const char* key : {"a", "b", "c"}) ASSERT_THAT(store->put(key, "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(store->remove("a"), IsOk());
  EXPECT_EQ(store->get("a").value(), std::nullopt) << "deleted in the memtable";
  EXPECT_EQ(text_of(*store), "b=1 c=1 ");
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(store->remove("c"), IsOk());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store->get("a").value(), std::nullopt) << "deleted in a table";
    EXPECT_EQ(store->get("c").value(), std::nullopt);
    EXPECT_EQ(text_of(*store), "b=1 ");
    EXPECT_EQ(text_of(*store, true), "b=1 ");
    store.reset();
    store = open(fs);
  }
}

TEST(LsmStoreFlush, NumbersGoOnWhereTheyEndedWhenTheStoreIsOpenedAgain) {
  env::SimulatedFileSystem fs;
  for (int i = 0; i < 5; ++i) {
    const auto store = open(fs);
    const std::string before = i == 0 ? "" : fmt::format("a={} ", i - 1);
    EXPECT_EQ(text_of(*store), before);
    ASSERT_THAT(store->put("a", fmt::format("{}", i)), IsOk());
    EXPECT_EQ(text_of(*store), fmt::format("a={} ", i));
    if (i % 2 == 0) {
      ASSERT_THAT(store->flush(), IsOk());
    }
    EXPECT_EQ(text_of(*store), fmt::format("a={} ", i));
    EXPECT_EQ(store->version().table_count(), static_cast<std::uint64_t>(i / 2 + 1));
  }
}

// The order is: table, its name, edit, and only then the log. After a power cut at any call, all
// data is there.
TEST(LsmStoreFlush, APowerCutAtAnyOfItsCallsLosesNothing) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs);
  int calls = 0;
  for (int round = 0; round < 2; ++round) {
    ASSERT_THAT(store->put("a", fmt::format("{}", round)), IsOk());
    ASSERT_THAT(store->put(fmt::format("b{}", round), "1"), IsOk());
    const Model expected = testing::contents_of(*store).value();
    const auto look = [&] {
      ++calls;
      for (const env::PowerCut& cut : testing::power_cuts(static_cast<std::uint64_t>(calls))) {
        const auto disk = fs.after_power_cut(cut);
        const auto again = open(*disk);
        const auto found = testing::contents_of(*again);
        ASSERT_THAT(found, IsOk());
        EXPECT_EQ(testing::difference(expected, *found), "")
            << "call " << calls << ", " << cut.describe();
      }
    };
    fs.on_change(look);
    ASSERT_THAT(store->flush(), IsOk());
    fs.on_change(nullptr);
    look();
  }
  EXPECT_GE(calls, 12);
}

TEST(LsmStoreFlush, AFullMemtableIsFlushedByItselfAndTheLogBehindItGoes) {
  env::SimulatedFileSystem fs;
  LsmOptions options = inline_options();
  options.memtable_bytes = 10'000;
  const auto store = LsmStore::open(fs, "/store", options).value();
  const auto first_segment = [&] { return fs.list(store->log_directory()).value().front(); };
  const std::string before = first_segment();
  for (int i = 0; i < 100; ++i)
    ASSERT_THAT(store->put(fmt::format("{:03}", i), std::string(300, 'v')), IsOk());
  const std::uint64_t tables = store->version().table_count();
  EXPECT_GE(tables, 2u);
  EXPECT_NE(first_segment(), before);
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_EQ(store->version().table_count(), tables + 1);
  EXPECT_EQ(fs.list(store->log_directory()).value().size(), 1u) << "nothing in it is needed";
  EXPECT_EQ(testing::contents_of(*store).value().size(), 100u);
}

TEST(LsmStoreFlush, ATableThatCannotBeReadIsNotEntered) {
  env::SimulatedFileSystem fs;
  const auto store = open(fs);
  ASSERT_THAT(store->put("a", "1"), IsOk());
  const env::Path table = "/store/tables/000001.table";
  fs.on_change([&] {
    if (fs.kind_of(table).value() == env::FileKind::kMissing) return;
    Bytes bytes = fs.content(table);
    if (bytes.empty()) return;
    bytes.back() = std::byte{0};
    fs.set_content(table, bytes);
  });
  EXPECT_THAT(store->flush(), FailsWith(ErrorCode::kCorruption));
  fs.on_change(nullptr);
  EXPECT_EQ(text_of(*store), "a=1 ");
  const auto disk = fs.after_power_cut({});
  const auto again = open(*disk);
  EXPECT_EQ(text_of(*again), "a=1 ");
  EXPECT_THAT(again->flush(), IsOk());
}

TEST(LsmStoreFlush, ASyncThatFailsAtAnyOfItsCallsIsToldAndLosesNothing) {
  bool failed = true;
  for (std::uint64_t sync = 0; failed; ++sync) {
    SCOPED_TRACE(fmt::format("sync {}", sync));
    env::SimulatedFileSystem fs;
    const auto store = open(fs);
    ASSERT_THAT(store->put("a", "1"), IsOk());
    ASSERT_THAT(store->put("b", "2"), IsOk());
    fs.fail_call(env::DiskCall::kSync, sync);
    const auto flushed = store->flush();
    failed = !fs.fault_pending(env::DiskCall::kSync);
    const auto stats = store->stats().value();
    const bool in_stats =
        std::ranges::find(stats, "last_background_error", &Stat::name) != stats.end();
    // If the log before the table cannot be dropped, this does no harm. Only stats() shows it.
    const bool there = store->version().table_count() == 1;
    EXPECT_EQ(flushed.has_value(), there);
    EXPECT_EQ(!flushed || in_stats, failed);
    EXPECT_EQ(text_of(*store), "a=1 b=2 ") << "reads go on";
    EXPECT_EQ(store->get("b").value(), "2");
    if (failed && !there) {
      EXPECT_THAT(store->flush(), FailsWith(ErrorCode::kIo)) << "only a full disk passes";
    }
    const bool more = store->put("c", "3").has_value();
    const auto disk = fs.after_power_cut({});
    const auto again = open(*disk);
    EXPECT_EQ(text_of(*again), more ? "a=1 b=2 c=3 " : "a=1 b=2 ");
    if (!failed) {
      EXPECT_GE(sync, 4u) << "of the log, the table, its name, the manifest";
    }
  }
}

TEST(LsmStoreFlush, ADiskThatIsFullAnywhereInItIsToldAndPasses) {
  bool full = true;
  int refused_after_some_calls = 0;
  for (std::uint64_t capacity = 1; full; capacity += 256) {
    SCOPED_TRACE(fmt::format("capacity {}", capacity));
    env::SimulatedFileSystem fs;
    const auto store = open(fs);
    ASSERT_THAT(store->put("a", std::string(2000, 'v')), IsOk());
    fs.set_capacity(capacity);
    const std::uint64_t before = fs.changes();
    const auto flushed = store->flush();
    full = !flushed;
    if (full) {
      ASSERT_THAT(flushed, FailsWith(ErrorCode::kUnavailable));
      refused_after_some_calls += fs.changes() > before + 2;
      EXPECT_THAT(fs.list("/store/tables").value(), ::testing::IsEmpty())
          << "who tries again and again must not fill the disk";
    }
    fs.set_capacity(~std::uint64_t{0});
    ASSERT_THAT(store->flush(), IsOk());
    EXPECT_EQ(store->version().table_count(), 1u);
    ASSERT_THAT(store->put("b", "1"), IsOk());
    const auto disk = fs.after_power_cut({});
    const auto again = open(*disk);
    EXPECT_EQ(again->get("a").value()->size(), 2000u);
    EXPECT_EQ(again->get("b").value(), "1");
  }
  EXPECT_GT(refused_after_some_calls, 0) << "some were refused in the middle of a table";
}

}  // namespace
}  // namespace strata::lsm
