// The whole store of week 2: it meets the contract of Store, and it survives crashes.
#include "lsm/lsm_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "lsm_options.h"
#include "testing/crash_explorer.h"
#include "testing/results.h"
#include "testing/sanitizers.h"
#include "testing/store_suite.h"
#include "testing/temporary_directory.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

// Number of batches; they have about a thousand operations.
constexpr std::uint64_t kTraceBatches = testing::kSanitized ? 60 : 730;

const bool kSuite = testing::register_store_suite(
    "LsmStore", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
      return LsmStore::open(env::posix_file_system(), directory);
    });
const bool kSmallSuite = testing::register_store_suite(
    "LsmStoreSmall", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
      return LsmStore::open(env::posix_file_system(), directory, small_options());
    });
const bool kBackgroundSuite = testing::register_store_suite(
    "LsmStoreBackground", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
      LsmOptions options = small_options(env::threads());
      options.sync = SyncMode::kNever;
      return LsmStore::open(env::posix_file_system(), directory, options);
    });

TEST(LsmStoreFlush, MovesWhatIsInMemoryToATable) {
  env::SimulatedFileSystem fs;
  const auto store = LsmStore::open(fs, "/store", small_options(env::threads())).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_EQ(store->version().table_count(), 1u);
  ASSERT_THAT(store->put("a", "2"), IsOk());
  ASSERT_THAT(store->remove("b"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_EQ(store->version().table_count(), 2u);
  EXPECT_EQ(store->get("a").value(), "2");
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_EQ(store->version().table_count(), 2u) << "nothing to flush, no table";
}

TEST(LsmStoreFlush, WhatIsInATableIsNotInMemory) {
  env::SimulatedFileSystem fs;
  const auto store = LsmStore::open(fs, "/store", small_options(env::threads())).value();
  const ReadOptions in_memory{.snapshot = {}, .reach = Reach::kMemory};
  ASSERT_THAT(store->put("a", "1"), IsOk());
  EXPECT_EQ(store->get("a", in_memory).value(), "1");
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_THAT(store->get("a", in_memory), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(store->get("a").value(), "1");
  ASSERT_THAT(store->remove("a"), IsOk());
  EXPECT_EQ(store->get("a", in_memory).value(), std::nullopt);
}

// The next flush may be requested while the previous one is still ending.
TEST(LsmStoreFlush, FollowsCloselyOnAnother) {
  env::SimulatedFileSystem fs;
  const auto store = LsmStore::open(fs, "/store", small_options(env::threads())).value();
  for (int i = 0; i < 200; ++i) {
    ASSERT_THAT(store->put("a", fmt::format("{}", i)), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
  }
  EXPECT_EQ(store->version().table_count(), 200u);
  EXPECT_EQ(store->get("a").value(), "199");
}

TEST(LsmStoreFlush, ASnapshotAndACursorStayAsTheyWere) {
  env::SimulatedFileSystem fs;
  const auto store = LsmStore::open(fs, "/store", small_options(env::threads())).value();
  testing::Model before;
  for (int i = 0; i < 100; ++i) {
    before[fmt::format("{:03}", i)] = "old";
    ASSERT_THAT(store->put(fmt::format("{:03}", i), "old"), IsOk());
  }
  const auto snapshot = store->snapshot().value();
  const auto cursor = store->scan({}).value();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string key = fmt::format("{:03}", i);
      ASSERT_THAT(i % 3 == 0 ? store->remove(key) : store->put(key, "new"), IsOk());
    }
    ASSERT_THAT(store->flush(), IsOk());
  }
  testing::Model seen;
  while (const auto entry = cursor->next().value())
    seen.emplace(std::string(entry->key), std::string(entry->value));
  EXPECT_EQ(seen, before);
  EXPECT_EQ(store->get("000", {.snapshot = snapshot}).value(), "old");
  EXPECT_EQ(store->get("000").value(), std::nullopt);
}

TEST(LsmStoreFlush, AFullDiskIsReportedAndPasses) {
  env::SimulatedFileSystem fs;
  const auto store = LsmStore::open(fs, "/store", small_options(env::threads())).value();
  ASSERT_THAT(store->put("a", std::string(10'000, 'v')), IsOk());
  fs.set_capacity(1);
  EXPECT_THAT(store->flush(), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(store->get("a").value()->size(), 10'000u) << "reads go on";
  fs.set_capacity(~std::uint64_t{0});
  EXPECT_THAT(store->flush(), IsOk());
  EXPECT_EQ(store->version().table_count(), 1u);
  EXPECT_THAT(store->put("b", "1"), IsOk());
}

// Each refused write would otherwise write the table again, up to where the disk is full.
TEST(LsmStoreFlush, OnAFullDiskRefusedWritesDoNotTryAgain) {
  for (env::Workers* workers : {&env::inline_workers(), &env::threads()}) {
    env::SimulatedFileSystem fs;
    const auto store = LsmStore::open(fs, "/store", small_options(*workers)).value();
    ASSERT_THAT(store->put("a", std::string(9'000, 'v')), IsOk());
    fs.set_capacity(15'000);
    EXPECT_THAT(store->flush(), FailsWith(ErrorCode::kUnavailable));
    const std::uint64_t before = fs.changes();
    for (int i = 0; i < 5; ++i) EXPECT_THAT(store->flush(), FailsWith(ErrorCode::kUnavailable));
    EXPECT_EQ(fs.changes(), before);
    fs.set_capacity(40'000);
    EXPECT_THAT(store->flush(), IsOk());
    EXPECT_EQ(store->version().table_count(), 1u);
  }
}

TEST(LsmStoreFlush, TwoMayCloseAtOnceBesideAFlush) {
  for (int round = 0; round < 20; ++round) {
    env::SimulatedFileSystem fs;
    const auto store = LsmStore::open(fs, "/store", small_options(env::threads())).value();
    ASSERT_THAT(store->put("a", "1"), IsOk());
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { static_cast<void>(store->flush().has_value()); });
    for (int i = 0; i < 2; ++i) threads.emplace_back([&] { EXPECT_THAT(store->close(), IsOk()); });
  }
}

TEST(LsmStoreOpen, RefusesADirectoryOfAnotherStage) {
  env::SimulatedFileSystem fs;
  ASSERT_THAT(StoreDirectory::open(fs, "/store", {.kind = "logged", .version = 1, .id = 1}),
              IsOk());
  const auto opened = LsmStore::open(fs, "/store");
  ASSERT_THAT(opened, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(opened.error().message, HasSubstr("holds a 'logged' store"));
}

// The trace must rotate the log, flush, and rewrite the manifest; the test checks this.
TEST(LsmStoreCrash, AnyPowerCutLeavesWhatWasAcknowledged) {
  std::set<std::string> manifest_segments;
  std::uint64_t tables = 0;
  testing::CrashExploration exploration;
  exploration.batches = kTraceBatches;
  exploration.open = [&](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
    if (const auto names = fs.list("/data/store/manifest"))
      manifest_segments.insert(names->begin(), names->end());
    return LsmStore::open(fs, "/data/store", small_options());
  };
  exploration.after_batch = [&](Store& store, std::uint64_t number) -> Result<bool> {
    auto& ours = dynamic_cast<LsmStore&>(store);
    if (number % (kTraceBatches / 14) == 0) STRATA_TRY(ours.flush());
    tables = ours.version().table_count();
    return false;
  };
  const auto report = testing::explore_crashes(exploration);
  EXPECT_THAT(report.failures, ::testing::IsEmpty());
  EXPECT_GE(tables, 14u);
  EXPECT_GE(manifest_segments.size(), 2u);
  fmt::print("{} calls, {} recoveries, {} tables, {} manifest segments\n", report.calls,
             report.recoveries, tables, manifest_segments.size());
}

// In a weaker mode a power cut may lose the last writes, but no write from before a sync or a
// flush. The contents after recovery are those after some batch.
TEST(LsmStoreCrash, WithoutSyncsAPowerCutStillLeavesAPrefix) {
  testing::CrashExploration exploration;
  exploration.batches = kTraceBatches / 8;
  exploration.may_lose = exploration.batches;
  exploration.open = [](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
    LsmOptions options = small_options();
    options.sync = SyncMode::kNever;
    return LsmStore::open(fs, "/data/store", options);
  };
  exploration.after_batch = [](Store& store, std::uint64_t number) -> Result<bool> {
    auto& ours = dynamic_cast<LsmStore&>(store);
    if (number % 20 == 10) STRATA_TRY(ours.sync());
    if (number % 20 == 0) STRATA_TRY(ours.flush());
    return number % 10 == 0;
  };
  const auto report = testing::explore_crashes(exploration);
  EXPECT_THAT(report.failures, ::testing::IsEmpty());
}

TEST(LsmStoreCrash, AReplacementIsWholeOrNotAtAll) {
  for (const SyncMode sync : {SyncMode::kAlways, SyncMode::kNever}) {
    SCOPED_TRACE(name_of(sync));
    testing::CrashExploration exploration;
    exploration.batches = testing::kSanitized ? 10 : 40;
    exploration.replace_every = 5;
    exploration.may_lose = sync == SyncMode::kAlways ? 0 : exploration.batches;
    exploration.open = [sync](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
      LsmOptions options = small_options();
      options.sync = sync;
      return LsmStore::open(fs, "/data/store", options);
    };
    exploration.after_batch = [](Store& store, std::uint64_t number) -> Result<bool> {
      if (number % 7 == 0) STRATA_TRY(dynamic_cast<LsmStore&>(store).flush());
      return false;
    };
    const auto report = testing::explore_crashes(exploration);
    EXPECT_THAT(report.failures, ::testing::IsEmpty());
  }
}

// The store's directory is moved away, and another store takes its place. Each keeps its own files,
// although both know them by the same names.
TEST(LsmStoreFlush, AStoreKeepsToTheDirectoryThatItOpened) {
  const testing::TemporaryDirectory parent;
  env::FileSystem& fs = env::posix_file_system();
  const env::Path name = parent.path() / "store";
  const env::Path moved = parent.path() / "moved";
  const auto open = [&](const env::Path& path) {
    return LsmStore::open(fs, path, small_options()).value();
  };
  {
    const auto old = open(name);
    ASSERT_THAT(fs.rename(name, moved), IsOk());
    const auto next = open(name);
    for (int i = 0; i < 3; ++i) {
      ASSERT_THAT(next->put(fmt::format("new{}", i), "n"), IsOk());
      ASSERT_THAT(old->put(fmt::format("old{}", i), "o"), IsOk());
      ASSERT_THAT(next->flush(), IsOk());
      ASSERT_THAT(old->flush(), IsOk());
      ASSERT_THAT(next->put(fmt::format("new{}", i), "n2"), IsOk());
      ASSERT_THAT(old->put(fmt::format("old{}", i), "o2"), IsOk());
    }
    ASSERT_THAT(next->verify(), IsOk());
    ASSERT_THAT(old->verify(), IsOk());
  }
  for (const auto& [path, key] : {std::pair(name, "new"), std::pair(moved, "old")}) {
    const auto found = testing::contents_of(*open(path));
    ASSERT_THAT(found, IsOk());
    const std::string last = key;
    EXPECT_THAT(*found, ::testing::ElementsAre(std::pair(last + "0", key[0] == 'n' ? "n2" : "o2"),
                                               std::pair(last + "1", key[0] == 'n' ? "n2" : "o2"),
                                               std::pair(last + "2", key[0] == 'n' ? "n2" : "o2")));
  }
}

}  // namespace
}  // namespace strata::lsm
