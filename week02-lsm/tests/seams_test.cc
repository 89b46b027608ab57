// What week 3 fills in is asked when it should be, and heeded: with the simplest compactor and
// the simplest throttle that there are.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "env/simulated_file_system.h"
#include "lsm/merging_iterator.h"
#include "lsm_options.h"
#include "testing/model.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;

// Merges all tables of level 0 and the one of level 1 into one in level 1, and keeps of each key
// what somebody may read.
class MergeAll final : public Compactor {
 public:
  explicit MergeAll(env::FileSystem& fs) : fs_(fs) {}

  Result<bool> step(VersionSet& versions, SequenceNumber oldest, const std::stop_token&) override {
    const auto current = versions.current();
    if (current->version().levels[0].size() < 2) return false;
    std::vector<std::unique_ptr<EntryIterator>> sources;
    current->iterate(sources);
    STRATA_TRY(const auto table, versions.new_table());
    STRATA_TRY(copy_needed(*merge(std::move(sources)), oldest, *table));
    STRATA_TRY(TableInfo info, table->finish());
    STRATA_TRY(fs_.sync_directory("/store/tables"));
    std::vector<NumberAt> removed;
    for (std::size_t level : {0u, 1u})
      for (const TableInfo& old : current->version().levels[level])
        removed.push_back({level, old.number});
    STRATA_TRY(versions.compacted(removed, {{.level = 1, .table = std::move(info)}}, oldest));
    ++steps_;
    return true;
  }
  int steps() const { return steps_; }

 private:
  static Result<void> copy_needed(EntryIterator& entries, SequenceNumber oldest,
                                  TableBuilder& table) {
    std::string key;
    bool settled = false;  // a version of `key` that everybody may see has been copied
    for (entries.seek_to_first(); entries.valid(); entries.next()) {
      if (entries.key().user_key != key) settled = false;
      key.assign(entries.key().user_key);
      if (settled) continue;
      settled = entries.key().sequence() <= oldest;
      STRATA_TRY(table.add(entries.key(), entries.value()));
    }
    return entries.status();
  }

  env::FileSystem& fs_;
  std::atomic<int> steps_{0};
};

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
  MergeAll compactor(fs);
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
  MergeAll compactor(fs);
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
  EXPECT_EQ(table_files(fs), 1u);
}

TEST(LsmSeams, WhatASnapshotSeesIsNotMergedAway) {
  env::SimulatedFileSystem fs;
  MergeAll compactor(fs);
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
