// What week 3 fills in is asked when it should be, and heeded: with the simplest compactor and
// the simplest throttle that there are.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "env/simulated_file_system.h"
#include "lsm_options.h"
#include "merge_all.h"
#include "testing/model.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;

LsmOptions with_compactor(Compactor& compactor) {
  LsmOptions options = small_options(FlushMode::kBackground);
  options.compactor = &compactor;
  return options;
}

std::size_t table_files(env::SimulatedFileSystem& fs) {
  return fs.list("/store/tables").value().size();
}

TEST(LsmSeams, ACompactorRunsWhenTablesHaveChanged) {
  env::SimulatedFileSystem fs;
  MergeAll compactor(fs, "/store");
  testing::Model model;
  {
    const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
    for (int round = 0; round < 10; ++round) {
      for (int i = 0; i < 20; ++i) {
        const std::string key = fmt::format("{:02}", i);
        model[key] = fmt::format("{}", round);
        ASSERT_THAT(store->put(key, model[key]), IsOk());
      }
      ASSERT_THAT(store->flush(), IsOk());
      ASSERT_EQ(testing::contents_of(*store).value(), model);
    }
    while (store->version().levels[0].size() > 1) std::this_thread::yield();
    EXPECT_GE(compactor.steps(), 1);
    EXPECT_EQ(testing::contents_of(*store).value(), model);
    ASSERT_THAT(store->close(), IsOk());
    EXPECT_LE(table_files(fs), 2u) << "files that nobody reads are gone";
  }
  const auto store = LsmStore::open(fs, "/store", small_options()).value();
  EXPECT_EQ(testing::contents_of(*store).value(), model);
}

TEST(LsmSeams, TablesLiveForAsLongAsACursorReadsThem) {
  env::SimulatedFileSystem fs;
  MergeAll compactor(fs, "/store");
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  for (int i = 0; i < 50; ++i) ASSERT_THAT(store->put(fmt::format("{:02}", i), "old"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  auto cursor = store->scan({}).value();
  ASSERT_THAT(cursor->next(), IsOk());
  for (int i = 0; i < 50; ++i) ASSERT_THAT(store->put(fmt::format("{:02}", i), "new"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  while (!store->version().levels[0].empty()) std::this_thread::yield();
  while (table_files(fs) > 2) std::this_thread::yield();  // readers of the state before let go
  EXPECT_EQ(table_files(fs), 2u) << "the merged one, and the one that the cursor reads";
  for (int i = 1; i < 50; ++i) EXPECT_EQ(cursor->next().value()->value, "old") << i;
  cursor.reset();
  while (table_files(fs) > 1) std::this_thread::yield();  // as before
  EXPECT_EQ(table_files(fs), 1u);
}

TEST(LsmSeams, WhatASnapshotSeesIsNotMergedAway) {
  env::SimulatedFileSystem fs;
  MergeAll compactor(fs, "/store");
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  ASSERT_THAT(store->put("a", "old"), IsOk());
  const auto snapshot = store->snapshot().value();
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(store->put("a", "new"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  while (!store->version().levels[0].empty()) std::this_thread::yield();
  EXPECT_EQ(store->get("a", {.snapshot = snapshot}).value(), "old");
  EXPECT_EQ(store->get("a").value(), "new");
}

// Moves the one table of level 0 down, as it is.
class MoveDown final : public Compactor {
 public:
  Result<bool> step(VersionSet& versions, SequenceNumber oldest, const std::stop_token&) override {
    const auto current = versions.current();
    const auto& top = current->version().levels[0];
    if (top.empty() || !current->version().levels[1].empty()) return false;
    STRATA_TRY(versions.compacted({{.level = 0, .number = top[0].number}},
                                  {{.level = 1, .table = top[0]}}, oldest));
    return true;
  }
};

TEST(LsmSeams, ATableThatMovesToAnotherLevelStays) {
  env::SimulatedFileSystem fs;
  MoveDown compactor;
  {
    const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
    ASSERT_THAT(store->put("a", "1"), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
    while (store->version().levels[1].empty()) std::this_thread::yield();
    EXPECT_EQ(store->get("a").value(), "1");
  }
  const auto store = LsmStore::open(fs, "/store", small_options()).value();
  EXPECT_EQ(store->version().levels[1].size(), 1u);
  EXPECT_EQ(store->get("a").value(), "1");
}

class ThrowingCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet&, SequenceNumber, const std::stop_token&) override {
    throw std::runtime_error("out of it");
  }
};

TEST(LsmSeams, AnExceptionOfTheCompactorIsThrownToWhoeverFlushesNext) {
  env::SimulatedFileSystem fs;
  ThrowingCompactor compactor;
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  const auto flush_again = [&] {
    for (int i = 0; i < 1'000'000; ++i) {
      ASSERT_THAT(store->put("a", "1"), IsOk());
      ASSERT_THAT(store->flush(), IsOk());
    }
  };
  EXPECT_THROW(flush_again(), std::runtime_error);
  EXPECT_EQ(store->get("a").value(), "1") << "reads go on";
}

class FailingCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet&, SequenceNumber, const std::stop_token&) override {
    failed = true;
    return io_error("the disk is gone");
  }
  std::atomic<bool> failed{false};
};

TEST(LsmSeams, AnErrorOfTheCompactorIsTold) {
  env::SimulatedFileSystem fs;
  FailingCompactor compactor;
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  const auto told = [&] {
    const auto stats = store->stats().value();
    return std::ranges::find(stats, "last_background_error", &Stat::name) != stats.end();
  };
  while (!compactor.failed || !told()) std::this_thread::yield();
  EXPECT_THAT(store->put("b", "2"), IsOk()) << "it does the data no harm";
}

class CountingThrottle final : public WriteThrottle {
 public:
  std::chrono::microseconds delay(const Version& version) const override {
    seen.push_back(version.table_count());
    return std::chrono::microseconds(0);
  }
  mutable std::vector<std::uint64_t> seen;
};

TEST(LsmSeams, TheThrottleIsAskedBeforeEachGroup) {
  env::SimulatedFileSystem fs;
  const CountingThrottle throttle;
  LsmOptions options = small_options();
  options.throttle = &throttle;
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(store->put("b", "1"), IsOk());
  EXPECT_THAT(throttle.seen, ElementsAre(0, 1));
}

}  // namespace
}  // namespace strata::lsm
