// A queue: put at the end, take from the front. The deletions do not stay in the way of its
// readers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "env/simulated_file_system.h"
#include "small_engine.h"
#include "testing/eventually.h"
#include "testing/results.h"

namespace strata::compaction {
namespace {

using testing::IsOk;
using testing::Model;

// Puts 3,000 jobs and takes all but the last.
Model a_queue(lsm::LsmStore& store) {
  constexpr int kJobs = 3000;
  for (int i = 0; i < kJobs; ++i) EXPECT_THAT(store.put(fmt::format("{:06}", i), "job"), IsOk());
  for (int i = 0; i + 1 < kJobs; ++i) EXPECT_THAT(store.remove(fmt::format("{:06}", i)), IsOk());
  return {{fmt::format("{:06}", kJobs - 1), "job"}};
}

// Looks at the front of the queue. Returns how many entries the store had to step over.
std::uint64_t skipped_by_a_look(lsm::LsmStore& store) {
  const auto skipped = [&] {
    const auto stats = store.stats().value();
    return std::get<std::uint64_t>(std::ranges::find(stats, "scan_skipped", &Stat::name)->value);
  };
  const std::uint64_t before = skipped();
  EXPECT_EQ(store.scan({.limit = 1}).value()->next().value()->value, "job");
  return skipped() - before;
}

// Looks until that is cheap, or until work in the background has failed. Then flush() says why.
Result<void> look_until_it_is_cheap(lsm::LsmStore& store) {
  const auto failed = [&] {
    const auto stats = store.stats().value();
    return std::ranges::find(stats, "last_background_error", &Stat::name) != stats.end();
  };
  EXPECT_TRUE(testing::eventually([&] { return skipped_by_a_look(store) < 5 || failed(); }));
  return store.flush();
}

// The memtable has room for all of it. So without the scans nothing would be flushed.
EngineOptions with_a_large_memtable(env::Workers& workers) {
  EngineOptions options = small_engine(workers);
  options.store.memtable_bytes = 64 << 20;
  options.store.sync = SyncMode::kNever;
  return options;
}

TEST(EngineTest, DeletionsThatScansStepOverDoNotStayInMemory) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store", with_a_large_memtable(env::inline_workers())).value();
  Model model = a_queue(*store);
  EXPECT_GT(skipped_by_a_look(*store), 5'000u);
  EXPECT_EQ(store->version().table_count(), 0u) << "the next writer flushes";
  ASSERT_THAT(store->put("after", "it"), IsOk());
  model["after"] = "it";
  EXPECT_LT(skipped_by_a_look(*store), 5u);
  EXPECT_EQ(testing::contents_of(*store).value(), model);
  EXPECT_LT(store->version().table_bytes(), 1'000u) << "what nobody needs was not written";
}

TEST(EngineTest, ReadersAloneGetRidOfDeletionsInMemory) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store", with_a_large_memtable(env::threads())).value();
  const Model model = a_queue(*store);
  ASSERT_THAT(look_until_it_is_cheap(*store), IsOk());
  EXPECT_EQ(testing::contents_of(*store).value(), model);
}

TEST(EngineTest, WhatASnapshotSeesIsNotLeftOutOfAnEarlyFlush) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store", with_a_large_memtable(env::inline_workers())).value();
  ASSERT_THAT(store->put("000100", "old"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  a_queue(*store);
  const auto snapshot = store->snapshot().value();
  ASSERT_THAT(store->remove("002999"), IsOk());
  ASSERT_THAT(store->put("zz", "job"), IsOk());
  EXPECT_GT(skipped_by_a_look(*store), 5'000u);
  ASSERT_THAT(store->put("zzz", "job"), IsOk());
  EXPECT_GE(store->version().table_count(), 1u);
  EXPECT_EQ(store->get("002999", {.snapshot = snapshot}).value(), "job");
  EXPECT_EQ(store->get("000100", {.snapshot = snapshot}).value(), std::nullopt)
      << "an older table has it";
  EXPECT_EQ(testing::contents_of(*store).value(), (Model{{"zz", "job"}, {"zzz", "job"}}));
}

// Nothing of the memtable is needed then, and a table cannot be empty.
TEST(EngineTest, AnEmptiedQueueStaysEmpty) {
  for (env::Workers* workers : {&env::inline_workers(), &env::threads()}) {
    env::SimulatedFileSystem fs;
    {
      const auto store = open_small(fs, "/store", with_a_large_memtable(*workers)).value();
      a_queue(*store);
      ASSERT_THAT(store->remove("002999"), IsOk());
      const auto looked = [&] {
        EXPECT_EQ(testing::contents_of(*store).value(), Model());
        return store->version().table_count() == 1;
      };
      if (workers == &env::inline_workers()) {
        looked();
        ASSERT_THAT(store->put("after", "it"), IsOk());
        ASSERT_THAT(store->remove("after"), IsOk());
      }
      EXPECT_TRUE(testing::eventually(looked)) << "the scans had it flushed";
    }
    const auto again = open_small(fs, "/store", with_a_large_memtable(*workers)).value();
    EXPECT_EQ(testing::contents_of(*again).value(), Model());
  }
}

// A flush of the memtable would not help readers of what is in tables.
TEST(EngineTest, ScansOverDeletionsInTablesFlushNothing) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store", with_a_large_memtable(env::inline_workers())).value();
  const auto snapshot = store->snapshot().value();
  a_queue(*store);
  ASSERT_THAT(store->flush(), IsOk());
  const std::size_t tables = store->version().table_count();
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(store->put("z", "job"), IsOk());
    ASSERT_THAT(store->remove("z"), IsOk());
    EXPECT_GT(skipped_by_a_look(*store), 3'000u);
  }
  EXPECT_EQ(store->version().table_count(), tables);
}

// The deletions are in a table by then.
TEST(EngineTest, ReadersPayForAMergeThatLeavesDeletionsOut) {
  env::SimulatedFileSystem fs;
  EngineOptions options = with_a_large_memtable(env::threads());
  options.bytes_a_look = 1 << 10;
  const auto store = open_small(fs, "/store", options).value();
  const Model model = a_queue(*store);
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(look_until_it_is_cheap(*store), IsOk());
  EXPECT_EQ(testing::contents_of(*store).value(), model);
}

}  // namespace
}  // namespace strata::compaction
