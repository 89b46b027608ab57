// The whole store of week 1: it meets the contract of Store, and it survives crashes.
#include "wal/logged_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "testing/crash_explorer.h"
#include "testing/eventually.h"
#include "testing/sanitizers.h"
#include "testing/store_suite.h"
#include "testing/temporary_directory.h"

namespace strata::wal {
namespace {

constexpr std::uint64_t kTraceBatches = testing::kSanitized ? 150 : 1000;

// So small that a thousand batches cause many rotations and checkpoints.
LoggedStoreOptions small_files() {
  LoggedStoreOptions options;
  options.log = {.segment_bytes = 4096, .preallocate = 1024};
  options.workers = &env::inline_workers();
  options.checkpoint_min_log_bytes = 20'000;
  options.checkpoint_ratio = 2;
  return options;
}

const bool kSuite = testing::register_store_suite(
    "LoggedStore", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
      return LoggedStore::open(env::posix_file_system(), directory);
    });
const bool kSmallSuite = testing::register_store_suite(
    "LoggedStoreSmall", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
      return LoggedStore::open(env::posix_file_system(), directory, small_files());
    });

Result<std::unique_ptr<Store>> open_with(SyncMode sync, const env::Path& directory) {
  LoggedStoreOptions options = small_files();
  options.sync = sync;
  options.sync_interval = std::chrono::milliseconds(1);
  options.workers = &env::threads();
  return LoggedStore::open(env::posix_file_system(), directory, options);
}
const bool kIntervalSuite = testing::register_store_suite(
    "LoggedStoreInterval",
    [](const env::Path& directory) { return open_with(SyncMode::kInterval, directory); });
const bool kNeverSuite = testing::register_store_suite(
    "LoggedStoreNever",
    [](const env::Path& directory) { return open_with(SyncMode::kNever, directory); });

// S10 in common/docs/reliability.md: all operations at once, in each mode, with checkpoints. Then
// the store is closed and opened, and nothing is missing.
TEST(LoggedStoreThreads, WritersReadersScansSnapshotsAndCheckpointsAtOnce) {
  for (const SyncMode sync : {SyncMode::kAlways, SyncMode::kInterval, SyncMode::kNever}) {
    SCOPED_TRACE(name_of(sync));
    const testing::TemporaryDirectory directory;
    auto opened = open_with(sync, directory.path() / "store");
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    Store& store = **opened;
    // First on the test's own thread, because a body that is not written yet throws.
    ASSERT_TRUE(dynamic_cast<LoggedStore&>(store).checkpoint().has_value());
    std::atomic<int> writing{2};
    {
      std::vector<std::jthread> threads;
      for (int w = 0; w < 2; ++w)
        threads.emplace_back([&, w] {
          for (int i = 0; i < 300; ++i)
            EXPECT_TRUE(
                store.put(fmt::format("{}:{:03}", w, i), std::string(100, 'x')).has_value());
          --writing;
        });
      const auto meanwhile = [&](auto action) {
        threads.emplace_back([&, action] {
          while (writing > 0) action();
        });
      };
      meanwhile([&] { EXPECT_TRUE(store.get("0:100").has_value()); });
      meanwhile([&] { EXPECT_TRUE(testing::contents_of(store).has_value()); });
      meanwhile([&] {
        const auto snapshot = store.snapshot();
        ASSERT_TRUE(snapshot.has_value());
        EXPECT_TRUE(store.get("1:001", {*snapshot}).has_value());
      });
      meanwhile([&] {
        EXPECT_TRUE(dynamic_cast<LoggedStore&>(store).checkpoint().has_value());
        EXPECT_TRUE(store.stats().has_value());
      });
    }
    ASSERT_TRUE(store.close().has_value());
    auto reopened = open_with(sync, directory.path() / "store");
    ASSERT_TRUE(reopened.has_value()) << reopened.error().message;
    EXPECT_EQ(testing::contents_of(**reopened)->size(), 600u);
  }
}

// In each mode: the thread that syncs must not take the wake-up of the thread that makes
// checkpoints.
TEST(LoggedStoreThreads, ACheckpointHappensByItselfInTheBackground) {
  for (const SyncMode mode : {SyncMode::kInterval, SyncMode::kNever}) {
    const testing::TemporaryDirectory directory;
    LoggedStoreOptions options = small_files();
    options.workers = &env::threads();
    options.sync = mode;
    options.sync_interval = std::chrono::hours(1);
    auto store = LoggedStore::open(env::posix_file_system(), directory.path() / "store", options);
    ASSERT_TRUE(store.has_value());
    std::uint64_t checkpoints = 0;
    for (int i = 0; i < 1'000'000 && checkpoints < 3; ++i) {
      ASSERT_TRUE((*store)->put(fmt::format("key{}", i % 20), std::string(100, 'v')).has_value());
      if (i % 1000 != 0) continue;
      const auto stats = (*store)->stats();
      for (const Stat& stat : *stats)
        if (stat.name == "checkpoints") checkpoints = std::get<std::uint64_t>(stat.value);
    }
    EXPECT_GE(checkpoints, 3u) << name_of(mode);
  }
}

// The meaning of OK in the mode kInterval: a write that is older than the interval is not lost.
TEST(LoggedStoreThreads, InTheModeIntervalWritesBecomeDurableByThemselves) {
  env::SimulatedFileSystem fs;
  LoggedStoreOptions options = small_files();
  options.workers = &env::threads();
  options.sync = SyncMode::kInterval;
  options.sync_interval = std::chrono::milliseconds(1);
  auto store = LoggedStore::open(fs, "/store", options);
  ASSERT_TRUE(store.has_value());
  ASSERT_TRUE((*store)->put("key", "value").has_value());
  const auto syncs = [&] {
    const auto stats = (*store)->stats();
    for (const Stat& stat : *stats)
      if (stat.name == "log_syncs") return std::get<std::uint64_t>(stat.value);
    return std::uint64_t{0};
  };
  const std::uint64_t before = syncs();
  std::uint64_t looks = 0;
  const auto lost = [&] {
    const auto disk = fs.after_power_cut({});
    const auto copy = LoggedStore::open(*disk, "/store", small_files());
    return !copy || !(*copy)->get("key")->has_value();
  };
  while (lost()) ASSERT_LT(++looks, 100'000u) << syncs() - before << " syncs";
}

TEST(LoggedStoreThreads, TwoMayCloseItAtOnce) {
  for (int round = 0; round < 20; ++round) {
    env::SimulatedFileSystem fs;
    auto store = LoggedStore::open(fs, "/store", {});
    ASSERT_TRUE(store.has_value());
    ASSERT_TRUE((*store)->put("key", "value").has_value());
    std::vector<std::jthread> closers;
    for (int i = 0; i < 2; ++i)
      closers.emplace_back([&] { EXPECT_TRUE((*store)->close().has_value()); });
  }
}

// A thread closes the store while others write. All writes that were answered ok are kept, and no
// write succeeds afterwards.
TEST(LoggedStoreThreads, ClosingBesideWritersLosesNothingThatWasAnswered) {
  for (int round = 0; round < 20; ++round) {
    const testing::TemporaryDirectory directory;
    auto store = open_with(SyncMode::kNever, directory.path() / "store");
    ASSERT_TRUE(store.has_value());
    ASSERT_TRUE((*store)->put("first", "").has_value());
    std::atomic<std::uint64_t> answered{1};
    {
      std::vector<std::jthread> writers;
      for (int w = 0; w < 3; ++w)
        writers.emplace_back([&, w] {
          for (int i = 0;; ++i) {
            const auto written = (*store)->put(fmt::format("{}:{}", w, i), "value");
            if (!written) {
              EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
              return;
            }
            ++answered;
          }
        });
      EXPECT_TRUE(testing::eventually([&] { return answered >= 20; }));
      EXPECT_TRUE((*store)->close().has_value());
    }
    auto reopened = open_with(SyncMode::kNever, directory.path() / "store");
    ASSERT_TRUE(reopened.has_value()) << reopened.error().message;
    EXPECT_EQ(testing::contents_of(**reopened)->size(), answered);
  }
}

// In a weaker mode a power cut may lose the last writes, but no write from before a sync or a
// checkpoint. The contents after recovery are those after some batch: no batch in part, no batch
// out of order.
TEST(LoggedStoreCrash, WithoutSyncsAPowerCutStillLeavesAPrefix) {
  testing::CrashExploration exploration;
  exploration.batches = kTraceBatches / 8;
  exploration.may_lose = exploration.batches;
  exploration.open = [](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
    LoggedStoreOptions options = small_files();
    options.sync = SyncMode::kNever;
    return LoggedStore::open(fs, "/data/store", options);
  };
  exploration.after_batch = [](Store& store, std::uint64_t number) -> Result<bool> {
    auto& logged = dynamic_cast<LoggedStore&>(store);
    if (number % 20 == 10) STRATA_TRY(logged.sync());
    if (number % 20 == 0) STRATA_TRY(logged.checkpoint());
    return number % 10 == 0;
  };
  const auto report = testing::explore_crashes(exploration);
  EXPECT_THAT(report.failures, ::testing::IsEmpty());
}

TEST(LoggedStoreCrash, AnyPowerCutLeavesWhatWasAcknowledged) {
  testing::CrashExploration exploration;
  exploration.batches = kTraceBatches;
  exploration.open = [](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
    return LoggedStore::open(fs, "/data/store", small_files());
  };
  const auto report = testing::explore_crashes(exploration);
  EXPECT_THAT(report.failures, ::testing::IsEmpty());
  fmt::print("{} calls, {} recoveries\n", report.calls, report.recoveries);
}

TEST(LoggedStoreCrash, AReplacementIsWholeOrNotAtAll) {
  for (const SyncMode sync : {SyncMode::kAlways, SyncMode::kNever}) {
    SCOPED_TRACE(name_of(sync));
    testing::CrashExploration exploration;
    exploration.batches = testing::kSanitized ? 10 : 40;
    exploration.replace_every = 5;
    exploration.may_lose = sync == SyncMode::kAlways ? 0 : exploration.batches;
    exploration.open = [sync](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
      LoggedStoreOptions options = small_files();
      options.sync = sync;
      return LoggedStore::open(fs, "/data/store", options);
    };
    const auto report = testing::explore_crashes(exploration);
    EXPECT_THAT(report.failures, ::testing::IsEmpty());
  }
}

// The store's directory is moved away, and another store takes its place. Each keeps its own files,
// although both know them by the same names.
TEST(LoggedStoreThreads, AStoreKeepsToTheDirectoryThatItOpened) {
  const testing::TemporaryDirectory parent;
  env::FileSystem& fs = env::posix_file_system();
  const env::Path name = parent.path() / "store";
  const env::Path moved = parent.path() / "moved";
  const auto open = [&](const env::Path& path) {
    return LoggedStore::open(fs, path, small_files()).value();
  };
  {
    const auto old = open(name);
    ASSERT_TRUE(fs.rename(name, moved).has_value());
    const auto next = open(name);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(next->put(fmt::format("new{}", i), std::string(5000, 'n')).has_value());
      ASSERT_TRUE(old->put(fmt::format("old{}", i), std::string(5000, 'o')).has_value());
      ASSERT_TRUE(next->checkpoint().has_value());
      ASSERT_TRUE(old->checkpoint().has_value());
    }
  }
  for (const auto& [path, key] : {std::pair(name, "new"), std::pair(moved, "old")}) {
    const auto found = testing::contents_of(*open(path));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->size(), 3u);
    EXPECT_TRUE(found->contains(fmt::format("{}2", key))) << path;
  }
}

}  // namespace
}  // namespace strata::wal
