// The whole store of this week: it is a Store, it keeps its shape, and it survives crashes.
#include "compaction/engine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "env/posix_file_system.h"
#include "env/random.h"
#include "env/simulated_file_system.h"
#include "small_engine.h"
#include "testing/crash_explorer.h"
#include "testing/fault_explorer.h"
#include "testing/results.h"
#include "testing/sanitizers.h"
#include "testing/store_suite.h"

namespace strata::compaction {
namespace {

using testing::IsOk;
using testing::Model;

bool register_suite(const std::string& name, const EngineOptions& options) {
  return testing::register_store_suite(
      name, [options](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
        return lsm::LsmStore::open(env::posix_file_system(), directory, engine(options));
      });
}

EngineOptions small_tiered() {
  EngineOptions options = small_engine();
  options.policy = PolicyKind::kTiered;
  options.compression = options.bottom_compression = Compression::kZstd;
  options.cache_bytes = 0;
  return options;
}

EngineOptions small_background() {
  EngineOptions options = small_engine(env::threads());
  options.store.sync = SyncMode::kNever;
  options.throttle = {.slow_tables = 3,
                      .stop_tables = 5,
                      .slow_debt = 30'000,
                      .stop_debt = 100'000,
                      .max_delay = std::chrono::microseconds(100)};
  options.filter_bits = 0;
  options.compression = Compression::kNone;
  return options;
}

const bool kSuite = register_suite("Engine", {});
const bool kSmallSuite = register_suite("EngineSmall", small_engine());
const bool kTieredSuite = register_suite("EngineTiered", small_tiered());
const bool kBackgroundSuite = register_suite("EngineBackground", small_background());

std::uint64_t stat(Store& store, std::string_view name) {
  const auto stats = store.stats().value();
  const auto found = std::ranges::find(stats, name, &Stat::name);
  return found == stats.end() ? 0 : std::get<std::uint64_t>(found->value);
}

// Overwrites and deletes random keys of `store`, which holds `model`, and flushes now and then.
// Returns what the store must hold afterwards.
Model churn(lsm::LsmStore& store, std::uint64_t seed, int operations, Model model = {}) {
  env::Random random(seed);
  for (int i = 0; i < operations; ++i) {
    const std::string key = fmt::format("key{:03}", random.below(200));
    if (random.below(4) == 0) {
      EXPECT_THAT(store.remove(key), IsOk());
      model.erase(key);
    } else {
      model[key] = fmt::format("{}:{:040}", i, i);
      EXPECT_THAT(store.put(key, model[key]), IsOk());
    }
  }
  return model;
}

Model contents_at(lsm::LsmStore& store, const std::shared_ptr<const Snapshot>& snapshot) {
  Model seen;
  const auto cursor = store.scan({.snapshot = snapshot}).value();
  while (const auto entry = cursor->next().value())
    seen.emplace(std::string(entry->key), std::string(entry->value));
  return seen;
}

TEST(EngineTest, KeepsTheShapeOfThePolicyAndEveryAnswer) {
  for (const PolicyKind policy : {PolicyKind::kLevelled, PolicyKind::kTiered}) {
    env::SimulatedFileSystem fs;
    EngineOptions options = small_engine();
    options.policy = policy;
    const auto store = open_small(fs, "/store", options).value();
    const Model model = churn(*store, 7, 3000);
    EXPECT_EQ(testing::contents_of(*store).value(), model);
    store->version().check_invariants();
    EXPECT_GE(stat(*store, "compactions"), 5u);
    EXPECT_LE(store->version().levels[0].size(), 8u);
    EXPECT_EQ(fs.list("/store/tables").value().size(), store->version().table_count())
        << "files that nobody reads are gone";
  }
}

// A store does not grow while keys are overwritten and deleted for a long time.
TEST(EngineTest, ALongDayOfOverwritesTakesNoMoreSpaceThanTheBound) {
  env::SimulatedFileSystem fs;
  EngineOptions options = small_engine();
  options.compression = options.bottom_compression = Compression::kNone;
  const auto store = open_small(fs, "/store", options).value();
  std::uint64_t most = 0;
  for (std::uint64_t round = 0; round < 40; ++round) {
    churn(*store, round, 500);
    most = std::max(most, store->version().table_bytes());
  }
  ASSERT_THAT(store->compact("a", "z"), IsOk());
  const std::uint64_t whole = store->version().table_bytes();
  // Levelled: 1 + 1 / (multiplier - 1) times the last level, plus level 0 and the base.
  EXPECT_LE(most, whole * 3 / 2 + 3 * options.levelled.level1_bytes) << whole;
}

TEST(EngineTest, CompactLeavesEachKeyOnceAndNoTombstone) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store").value();
  const Model model = churn(*store, 3, 1000);
  ASSERT_THAT(store->compact("a", "z"), IsOk());
  const lsm::Version version = store->version();
  std::uint64_t entries = 0;
  for (const auto& level : version.levels)
    for (const auto& table : level) entries += table.entries;
  EXPECT_EQ(entries, model.size());
  EXPECT_EQ(version.levels.back().size(), version.table_count()) << "all of it at the bottom";
  EXPECT_EQ(testing::contents_of(*store).value(), model);
}

TEST(EngineTest, TheNumberOfTablesFollowsTheDataAndNotTheFlushes) {
  env::SimulatedFileSystem fs;
  EngineOptions options = small_engine();
  options.levelled = {};
  const auto store = open_small(fs, "/store", options).value();
  for (int i = 0; i < 200; ++i) {
    ASSERT_THAT(store->put(fmt::format("event{:04}", i), "v"), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
  }
  EXPECT_LT(store->version().table_count(), 25u);
  for (int i = 200; i < 300; ++i) {
    ASSERT_THAT(store->put(fmt::format("event{:04}", i), "v"), IsOk());
    ASSERT_THAT(store->compact(), IsOk());
  }
  EXPECT_EQ(store->version().table_count(), 1u);
  EXPECT_EQ(testing::contents_of(*store).value().size(), 300u);
}

TEST(EngineTest, CompactKeepsWhatASnapshotSees) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store").value();
  const Model before = churn(*store, 3, 500);
  const auto snapshot = store->snapshot().value();
  for (const auto& [key, value] : before) ASSERT_THAT(store->remove(key), IsOk());
  ASSERT_THAT(store->compact("a", "z"), IsOk());
  EXPECT_EQ(testing::contents_of(*store).value(), Model());
  EXPECT_EQ(contents_at(*store, snapshot), before);
}

// A deleted key never comes back: not after compacting a range, after a restart, or after a
// snapshot.
TEST(EngineTest, NothingThatWasDeletedComesBack) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    env::SimulatedFileSystem fs;
    env::Random random(seed);
    auto store = open_small(fs, "/store").value();
    Model model;
    std::shared_ptr<const Snapshot> snapshot;
    Model at_snapshot;
    for (int round = 0; round < 12; ++round) {
      model = churn(*store, random.next(), 60, std::move(model));
      for (int i = 0; i < 60; ++i) {
        const std::string key = fmt::format("key{:03}", random.below(200));
        ASSERT_THAT(store->remove(key), IsOk());
        model.erase(key);
      }
      const std::string from = fmt::format("key{:03}", random.below(200));
      switch (random.below(5)) {
        case 0:
          ASSERT_THAT(store->compact(from, from + "~"), IsOk());
          break;
        case 1:
          ASSERT_THAT(store->compact(from, "key999"), IsOk());
          break;
        case 2:
          snapshot = store->snapshot().value();
          at_snapshot = model;
          break;
        case 3:
          snapshot.reset();
          break;
        default:
          snapshot.reset();
          ASSERT_THAT(store->close(), IsOk());
          store = open_small(fs, "/store").value();
      }
      ASSERT_EQ(testing::contents_of(*store).value(), model);
      if (snapshot) {
        ASSERT_EQ(contents_at(*store, snapshot), at_snapshot);
      }
    }
  }
}

std::uint64_t garbage_in_the_last_level(const lsm::LsmStore& store) {
  std::uint64_t garbage = 0;
  const lsm::Version version = store.version();
  for (const lsm::TableInfo& table : version.levels.back()) garbage += table.garbage;
  return garbage;
}

// Keys are written in order and deleted in order, so tables of tombstones overlap nothing.
TEST(EngineTest, AQueueLeavesNothingInTheLastLevel) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store").value();
  for (int i = 0; i < 3000; ++i) {
    ASSERT_THAT(store->put(fmt::format("{:08}", i), std::string(20, 'v')), IsOk());
    if (i < 10) continue;
    ASSERT_THAT(store->remove(fmt::format("{:08}", i - 10)), IsOk());
  }
  EXPECT_EQ(garbage_in_the_last_level(*store), 0u);
  EXPECT_LT(store->version().table_bytes(), 40'000u);
  ASSERT_THAT(store->compact(), IsOk());
  EXPECT_LE(store->version().table_count(), 1u);
}

// Level 0 has two tables. The policy leaves them alone, until reads have paid for merging them.
TEST(EngineTest, ReadersPayForAMergeThatSparesThemLooks) {
  for (const bool scans : {false, true}) {
    env::SimulatedFileSystem fs;
    EngineOptions options = small_engine(env::threads());
    options.bytes_a_look = 1 << 10;
    options.levelled.level0_tables = 1000;
    options.levelled.level1_bytes = 1 << 20;
    options.levelled.table_bytes = 1 << 20;
    const auto store = open_small(fs, "/store", options).value();
    for (int table = 0; table < 2; ++table) {
      for (int i = 0; i < 100; ++i)
        ASSERT_THAT(store->put(fmt::format("{:03}", i), fmt::format("{}", table)), IsOk());
      ASSERT_THAT(store->flush(), IsOk());
    }
    while (!store->version().levels[0].empty()) {
      if (scans) {
        ASSERT_THAT(store->scan({.range = {.from = "050", .to = "060"}}), IsOk());
      } else {
        ASSERT_THAT(store->get("0500"), IsOk());
      }
    }
    EXPECT_EQ(store->version().table_count(), 1u);
    EXPECT_EQ(store->get("050").value(), "1");
    EXPECT_EQ(stat(*store, "compactions"), 1u);
  }
}

TEST(EngineTest, ACompactionByHandClearsWhatASnapshotHeldBack) {
  env::SimulatedFileSystem fs;
  const auto store = open_small(fs, "/store").value();
  churn(*store, 1, 500);
  auto snapshot = store->snapshot().value();
  const Model model = testing::contents_of(*store).value();
  for (const auto& [key, value] : model) ASSERT_THAT(store->remove(key), IsOk());
  ASSERT_THAT(store->compact(), IsOk());
  EXPECT_GT(garbage_in_the_last_level(*store), 0u);
  snapshot.reset();
  ASSERT_THAT(store->compact(), IsOk());
  EXPECT_EQ(store->version().table_count(), 0u);
}

TEST(EngineTest, ADiskThatIsFullDuringACompactionLosesNothingAndResumes) {
  std::uint64_t told = 0;
  for (std::uint64_t room = 0; room < 40'000; room += 1'500) {
    SCOPED_TRACE(room);
    env::SimulatedFileSystem fs;
    EngineOptions options = small_engine();
    options.levelled.level0_tables = 1000;  // only on request
    options.levelled.level1_bytes = 1 << 20;
    const auto store = open_small(fs, "/store", options).value();
    const Model model = churn(*store, room, 600);
    ASSERT_THAT(store->flush(), IsOk());
    const std::uint64_t files = fs.list("/store/tables").value().size();
    fs.set_capacity(room);
    const auto compacted = store->compact("a", "z");
    if (!compacted) {
      ++told;
      EXPECT_EQ(compacted.error().code, ErrorCode::kUnavailable) << compacted.error().message;
    }
    EXPECT_EQ(testing::contents_of(*store).value(), model);
    fs.set_capacity(~std::uint64_t{0});
    if (!compacted) {
      EXPECT_LE(fs.list("/store/tables").value().size(), files) << "nothing is left lying about";
    }
    ASSERT_THAT(store->compact("a", "z"), IsOk());
    EXPECT_EQ(testing::contents_of(*store).value(), model);
    EXPECT_EQ(fs.list("/store/tables").value().size(), store->version().table_count());
  }
  EXPECT_GE(told, 5u);
}

// Two writers, and everything else that may run at the same time, until one thread closes the
// store.
TEST(EngineThreads, WritersReadersCompactionsFiguresAndCloseAtOnce) {
  env::SimulatedFileSystem fs;
  constexpr std::uint64_t kEach = testing::kSanitized ? 400 : 4000;
  const auto options = small_engine(env::threads());
  const auto key = [](std::uint64_t writer, std::uint64_t i) {
    return fmt::format("{}:{:05}", writer, i);
  };
  {
    const auto store = open_small(fs, "/store", options).value();
    ASSERT_THAT(store->put("first", ""), IsOk());  // an unwritten task throws here
    ASSERT_THAT(store->compact(), IsOk());
    ASSERT_TRUE(store->stats().has_value());
    std::atomic<int> writing{2};
    std::vector<std::jthread> threads;
    for (std::uint64_t writer = 0; writer < 2; ++writer) {
      threads.emplace_back([&, writer] {
        for (std::uint64_t i = 0; i < kEach; ++i)
          EXPECT_THAT(store->put(key(writer, i), std::string(50, 'v')), IsOk());
        if (--writing == 0) {
          EXPECT_THAT(store->close(), IsOk());
        }
      });
    }
    const auto meanwhile = [&](auto action) {
      threads.emplace_back([&, action] {
        for (bool last = false; !last;) {
          last = writing == 0;  // once more, while the store closes or is closed
          EXPECT_THAT(action(),
                      ::testing::AnyOf(IsOk(), testing::FailsWith(ErrorCode::kUnavailable)));
        }
      });
    };
    meanwhile([&] { return store->compact(); });
    meanwhile([&] { return store->compact("0:001", "1:001"); });
    meanwhile([&] { return store->stats(); });
    meanwhile([&] { return testing::contents_of(*store); });
    meanwhile([&] { return store->verify(); });
  }
  const auto store = open_small(fs, "/store").value();
  const Model found = testing::contents_of(*store).value();
  EXPECT_EQ(found.size(), 2 * kEach + 1);
  for (std::uint64_t writer = 0; writer < 2; ++writer) EXPECT_TRUE(found.contains(key(writer, 7)));
  EXPECT_EQ(fs.list("/store/tables").value().size(), store->version().table_count());
}

TEST(EngineTest, ClosedAmidCompactionsItLosesNothing) {
  env::SimulatedFileSystem fs;
  Model model;
  for (int round = 0; round < 20; ++round) {
    const auto store = open_small(fs, "/store", small_engine(env::threads())).value();
    model = churn(*store, static_cast<std::uint64_t>(round), 200, std::move(model));
    ASSERT_THAT(store->close(), IsOk());
  }
  const auto store = open_small(fs, "/store").value();
  EXPECT_EQ(testing::contents_of(*store).value(), model);
  EXPECT_EQ(fs.list("/store/tables").value().size(), store->version().table_count());
}

// About a thousand operations, in batches.
constexpr std::uint64_t kTraceBatches = testing::kSanitized ? 28 : 730;

TEST(EngineCrash, AnyPowerCutLeavesWhatWasAcknowledged) {
  std::uint64_t compactions = 0;
  std::uint64_t moves = 0;
  testing::CrashExploration exploration;
  exploration.batches = kTraceBatches;
  exploration.open = [](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
    return open_small(fs, "/data/store");
  };
  exploration.after_batch = [&](Store& store, std::uint64_t number) -> Result<bool> {
    auto& ours = dynamic_cast<lsm::LsmStore&>(store);
    if (number % (kTraceBatches / 14) == 0) STRATA_TRY(ours.flush());
    compactions = stat(store, "compactions");
    moves = stat(store, "compaction_moves");
    return false;
  };
  const auto report = testing::explore_crashes(exploration);
  EXPECT_THAT(report.failures, ::testing::IsEmpty());
  EXPECT_GE(compactions, 5u);
  fmt::print("{} calls, {} recoveries, {} compactions, {} moves\n", report.calls, report.recoveries,
             compactions, moves);
}

TEST(EngineCrash, AReplacementIsWholeOrNotAtAll) {
  testing::CrashExploration exploration;
  exploration.batches = testing::kSanitized ? 14 : 100;
  exploration.replace_every = 20;
  exploration.open = [](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
    return open_small(fs, "/data/store");
  };
  exploration.after_batch = [](Store& store, std::uint64_t number) -> Result<bool> {
    if (number % 4 == 0) STRATA_TRY(dynamic_cast<lsm::LsmStore&>(store).flush());
    return false;
  };
  const auto report = testing::explore_crashes(exploration);
  EXPECT_THAT(report.failures, ::testing::IsEmpty());
}

testing::FaultTrace trace_of(int writes) {
  testing::FaultTrace trace;
  trace.open = [](env::FileSystem& fs,
                  const env::Path& directory) -> Result<std::unique_ptr<Store>> {
    EngineOptions options = small_engine();
    options.store.log = {.segment_bytes = 512, .preallocate = 256};
    return open_small(fs, directory, options);
  };
  trace.writes = writes;
  trace.after_write = [](Store& store, int number) -> Result<void> {
    auto& ours = dynamic_cast<lsm::LsmStore&>(store);
    if (number % 5 == 4) STRATA_TRY(ours.flush());
    if (number == 12) STRATA_TRY(ours.compact("a", "z"));
    return {};
  };
  return trace;
}

TEST(EngineFaults, AnErrorAtAnyCallLosesNothing) {
  for (const testing::Fault what : {testing::Fault::kIoError, testing::Fault::kDiskFull})
    for (const bool sticky : {false, true})
      fail_every_call(trace_of(14), what, sticky, [](const testing::FaultOutcome&) {});
}

TEST(EngineFaults, InterruptedAndShortCallsAreNotEvenNoticed) {
  for (const testing::Fault what : {testing::Fault::kInterrupted, testing::Fault::kShort})
    fail_every_call(trace_of(14), what, true, [](const testing::FaultOutcome& outcome) {
      EXPECT_TRUE(outcome.opened);
      EXPECT_FALSE(outcome.reported);
    });
}

}  // namespace
}  // namespace strata::compaction
