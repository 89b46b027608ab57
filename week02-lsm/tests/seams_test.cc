// The store calls the interfaces of week 3 when it should, and does what they say. The tests use
// the simplest possible compactor and throttle.
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
#include "testing/eventually.h"
#include "testing/model.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

LsmOptions with_compactor(std::shared_ptr<Compactor> compactor) {
  LsmOptions options = small_options(env::threads());
  options.compactor = std::move(compactor);
  return options;
}

std::size_t table_files(env::SimulatedFileSystem& fs) {
  return fs.list("/store/tables").value().size();
}

TEST(LsmSeams, ACompactorRunsWhenTablesHaveChanged) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<MergeAll>(fs, "/store");
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
    ASSERT_TRUE(testing::eventually([&] { return store->version().levels[0].size() <= 1; }));
    EXPECT_GE(compactor->steps(), 1);
    EXPECT_EQ(testing::contents_of(*store).value(), model);
    ASSERT_THAT(store->close(), IsOk());
    EXPECT_LE(table_files(fs), 2u) << "files that nobody reads are gone";
  }
  const auto store = LsmStore::open(fs, "/store", small_options()).value();
  EXPECT_EQ(testing::contents_of(*store).value(), model);
}

TEST(LsmSeams, TablesLiveForAsLongAsACursorReadsThem) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<MergeAll>(fs, "/store");
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  for (int i = 0; i < 50; ++i) ASSERT_THAT(store->put(fmt::format("{:02}", i), "old"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  auto cursor = store->scan({}).value();
  ASSERT_THAT(cursor->next(), IsOk());
  for (int i = 0; i < 50; ++i) ASSERT_THAT(store->put(fmt::format("{:02}", i), "new"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_TRUE(testing::eventually([&] { return store->version().levels[0].empty(); }));
  // Until old readers let go.
  ASSERT_TRUE(testing::eventually([&] { return table_files(fs) <= 2; }));
  EXPECT_EQ(table_files(fs), 2u) << "the merged one, and the one that the cursor reads";
  for (int i = 1; i < 50; ++i) EXPECT_EQ(cursor->next().value()->value, "old") << i;
  cursor.reset();
  ASSERT_TRUE(testing::eventually([&] { return table_files(fs) <= 1; }));  // as before
  EXPECT_EQ(table_files(fs), 1u);
}

TEST(LsmSeams, WhatASnapshotSeesIsNotMergedAway) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<MergeAll>(fs, "/store");
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  ASSERT_THAT(store->put("a", "old"), IsOk());
  const auto snapshot = store->snapshot().value();
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(store->put("a", "new"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_TRUE(testing::eventually([&] { return store->version().levels[0].empty(); }));
  EXPECT_EQ(store->get("a", {.snapshot = snapshot}).value(), "old");
  EXPECT_EQ(store->get("a").value(), "new");
}

// Moves the only table of level 0 one level down, unchanged.
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
  const auto compactor = std::make_shared<MoveDown>();
  {
    const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
    ASSERT_THAT(store->put("a", "1"), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
    ASSERT_TRUE(testing::eventually([&] { return !store->version().levels[1].empty(); }));
    EXPECT_EQ(store->get("a").value(), "1");
  }
  const auto store = LsmStore::open(fs, "/store", small_options()).value();
  EXPECT_EQ(store->version().levels[1].size(), 1u);
  EXPECT_EQ(store->get("a").value(), "1");
}

// Throws from the moment that it is told to.
class ThrowingCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet&, SequenceNumber, const std::stop_token&) override {
    if (throws) throw std::runtime_error("out of it");
    return false;
  }
  std::atomic<bool> throws = false;
};

TEST(LsmSeams, AnExceptionOfTheCompactorIsThrownToWhoeverFlushesNext) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<ThrowingCompactor>();
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  compactor->throws = true;
  const auto flush_again = [&] {
    for (int i = 0; i < 1'000'000; ++i) {
      ASSERT_THAT(store->put("a", "1"), IsOk());
      ASSERT_THAT(store->flush(), IsOk());
    }
  };
  EXPECT_THROW(flush_again(), std::runtime_error);
  EXPECT_EQ(store->get("a").value(), "1") << "reads go on";
}

// Only records what it was asked for.
class AskedCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet&, SequenceNumber, const std::stop_token&) override { return false; }
  void request(std::string_view first, std::optional<std::string_view> last) override {
    asked.push_back(fmt::format("{}..{}", first, last.value_or("the end")));
  }
  std::vector<std::string> asked;
};

TEST(LsmSeams, ACompactionIsAskedForByItsKeys) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<AskedCompactor>();
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  EXPECT_THAT(store->compact(), IsOk());
  EXPECT_EQ(store->version().table_count(), 1u) << "what is in memory was flushed for it";
  EXPECT_THAT(store->compact("b"), IsOk());
  EXPECT_THAT(store->compact("b", "c"), IsOk());
  EXPECT_THAT(store->compact("", "c"), IsOk());
  EXPECT_THAT(store->compact("c", "b"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store->compact("b", ""), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(compactor->asked, ElementsAre("..the end", "b..the end", "b..c", "..c"));
}

TEST(LsmSeams, TheFiguresNeedNoReading) {
  env::SimulatedFileSystem fs;
  const auto store = LsmStore::open(fs, "/store", small_options()).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  fs.fail_call(env::DiskCall::kRead, 0);
  const auto stats = store->stats().value();
  EXPECT_TRUE(fs.fault_pending(env::DiskCall::kRead));
  const auto flushed = std::ranges::find(stats, "flushed_bytes", &Stat::name);
  ASSERT_NE(flushed, stats.end());
  EXPECT_EQ(flushed->text(), fmt::format("{}", store->version().table_bytes()));
}

class FailingCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet&, SequenceNumber, const std::stop_token&) override {
    ++failures;
    return io_error("the disk is gone");
  }
  std::atomic<int> failures{0};
};

TEST(LsmSeams, AnErrorOfTheCompactorIsTold) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<FailingCompactor>();
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  const auto told = [&] {
    const auto stats = store->stats().value();
    return std::ranges::find(stats, "last_background_error", &Stat::name) != stats.end();
  };
  ASSERT_TRUE(testing::eventually([&] { return compactor->failures > 0 && told(); }));
  EXPECT_THAT(store->put("b", "2"), IsOk()) << "it does the data no harm";
}

// Does two steps for each request; the second one fails.
class FailingAtTheSecond final : public Compactor {
 public:
  void request(std::string_view, std::optional<std::string_view>) override { left = 2; }
  Result<bool> step(VersionSet& versions, SequenceNumber oldest, const std::stop_token&) override {
    if (left == 0) return false;
    if (--left == 0) return corruption("the second step failed");
    STRATA_TRY(versions.compacted({}, {}, oldest));
    return true;
  }
  std::atomic<int> left{0};
};

TEST(LsmSeams, WhoAsksForACompactionIsToldOfEveryErrorInIt) {
  for (env::Workers* workers : {&env::inline_workers(), &env::threads()}) {
    env::SimulatedFileSystem fs;
    LsmOptions options = small_options(*workers);
    options.compactor = std::make_shared<FailingAtTheSecond>();
    const auto store = LsmStore::open(fs, "/store", options).value();
    for (int i = 0; i < 50; ++i)
      EXPECT_THAT(store->compact("a", "z"), testing::FailsWith(ErrorCode::kCorruption)) << i;
  }
}

TEST(LsmSeams, WhatWaitsForACompactorIsLookedAtWhenTheStoreIsOpened) {
  env::SimulatedFileSystem fs;
  {
    const auto store = LsmStore::open(fs, "/store", small_options()).value();
    for (const char* key : {"a", "b", "c"}) {
      ASSERT_THAT(store->put(key, "1"), IsOk());
      ASSERT_THAT(store->flush(), IsOk());
    }
  }
  const auto store =
      LsmStore::open(fs, "/store", with_compactor(std::make_shared<MergeAll>(fs, "/store")))
          .value();
  ASSERT_TRUE(testing::eventually([&] { return store->version().levels[0].empty(); }));
  EXPECT_EQ(store->version().levels[1].size(), 1u);
}

// Works until it is told to stop.
class EndlessCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet& versions, SequenceNumber, const std::stop_token& stop) override {
    if (versions.current()->version().levels[0].empty()) return false;
    began = true;
    while (!stop.stop_requested()) std::this_thread::yield();
    return Error{ErrorCode::kCancelled, "told to stop"};
  }
  std::atomic<bool> began{false};
};

TEST(LsmSeams, ACloseStopsTheStepThatRunsAndWhoeverWaitsForIt) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<EndlessCompactor>();
  const auto store = LsmStore::open(fs, "/store", with_compactor(compactor)).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_TRUE(testing::eventually([&] { return compactor->began.load(); }));
  Result<void> compacted;
  {
    const std::jthread waiting([&] { compacted = store->compact(); });
    EXPECT_THAT(store->close(), IsOk());
  }
  EXPECT_THAT(compacted, testing::FailsWith(ErrorCode::kUnavailable));
}

// Stops writers while there are tables in level 0.
class StoppingThrottle final : public WriteThrottle {
 public:
  std::chrono::microseconds delay(const Version& version) const override {
    return version.levels[0].empty() ? std::chrono::microseconds(0) : kStop;
  }
};

// Empties level 0 when the test allows it.
class PatientCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet& versions, SequenceNumber oldest, const std::stop_token&) override {
    const auto top = versions.current()->version().levels[0];
    if (top.empty()) return false;
    ++tries;
    if (!free) return unavailable("no room");
    for (const TableInfo& table : top)
      STRATA_TRY(versions.compacted({{.level = 0, .number = table.number}}, {}, oldest));
    return true;
  }
  std::atomic<int> tries{0};
  std::atomic<bool> free{false};
};

// Fails: it cannot read the tables that it should merge.
class CompactorOfDamage final : public Compactor {
 public:
  Result<bool> step(VersionSet& versions, SequenceNumber, const std::stop_token&) override {
    if (versions.current()->version().levels[0].empty()) return false;
    ++tries;
    return corruption("a block is damaged");
  }
  std::atomic<int> tries{0};
};

TEST(LsmSeams, WhatWillNotPassIsNotTriedAgainByEachWriterThatIsStopped) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<CompactorOfDamage>();
  LsmOptions options = with_compactor(compactor);
  options.throttle = std::make_shared<StoppingThrottle>();
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_THAT(store->put("b", "1"), testing::FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(store->compact(), testing::FailsWith(ErrorCode::kCorruption));
  const int before = compactor->tries;  // and no step is running
  for (int i = 0; i < 10; ++i)
    EXPECT_THAT(store->put("b", "1"), testing::FailsWith(ErrorCode::kCorruption));
  EXPECT_EQ(compactor->tries, before);
  EXPECT_THAT(store->compact(), testing::FailsWith(ErrorCode::kCorruption));
  EXPECT_GT(compactor->tries, before) << "whoever asks has it tried";
}

// Slows writers down while there are tables.
class SlowingThrottle final : public WriteThrottle {
 public:
  std::chrono::microseconds delay(const Version& version) const override {
    return std::chrono::microseconds(version.table_count() == 0 ? 0 : 2000);
  }
};

TEST(LsmSeams, SlowedWritersWaitForAsLongAsTheThrottleSays) {
  env::SimulatedFileSystem fs;
  LsmOptions options = small_options(env::threads());
  options.throttle = std::make_shared<SlowingThrottle>();
  const auto store = LsmStore::open(fs, "/store", options).value();
  const auto held_back = [&] {
    const auto stats = store->stats().value();
    return std::stoull(std::ranges::find(stats, "held_back_micros", &Stat::name)->text());
  };
  ASSERT_THAT(store->put("a", "1"), IsOk());
  EXPECT_EQ(held_back(), 0u);
  ASSERT_THAT(store->flush(), IsOk());
  for (int i = 0; i < 3; ++i) ASSERT_THAT(store->put("b", "1"), IsOk());
  EXPECT_GE(held_back(), 3u * 2000u);
}

TEST(LsmSeams, StoppedWritersAreToldWhatPreventsTheCompactionAndGoOnAfterIt) {
  env::SimulatedFileSystem fs;
  const auto compactor = std::make_shared<PatientCompactor>();
  LsmOptions options = with_compactor(compactor);
  options.throttle = std::make_shared<StoppingThrottle>();
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(store->put("b", "1"), testing::FailsWith(ErrorCode::kUnavailable));
  EXPECT_GE(compactor->tries, 3) << "each of them had it tried again";
  EXPECT_EQ(store->get("a").value(), "1") << "reads go on";
  compactor->free = true;
  EXPECT_THAT(store->put("b", "1"), IsOk());
  EXPECT_EQ(store->get("b").value(), "1");
}

// Nobody would ever let them go on.
TEST(LsmSeams, WritersAreNotStoppedWithoutACompactor) {
  env::SimulatedFileSystem fs;
  LsmOptions options = small_options(env::threads());
  options.throttle = std::make_shared<StoppingThrottle>();
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_THAT(store->put("b", "1"), IsOk());
  store->check_invariants();
}

class TirelessCompactor final : public Compactor {
 public:
  Result<bool> step(VersionSet&, SequenceNumber, const std::stop_token&) override { return true; }
};

TEST(LsmSeams, AReplacementWaitsForOneStepOfTheCompactorOnly) {
  env::SimulatedFileSystem fs;
  LsmOptions options = small_options(env::threads());
  options.compactor = std::make_shared<TirelessCompactor>();
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  for (int i = 0; i < 20; ++i) {
    testing::ListCursor entries(testing::ListCursor::Pairs{{"b", std::to_string(i)}});
    ASSERT_THAT(store->replace(entries), IsOk());
  }
  EXPECT_EQ(store->get("b").value(), "19");
}

class CountingThrottle final : public WriteThrottle {
 public:
  std::chrono::microseconds delay(const Version& version) const override {
    seen.push_back(version.table_count());
    return std::chrono::microseconds(0);
  }
  mutable std::vector<std::uint64_t> seen;
};

TEST(LsmSeams, TheThrottleIsAskedWhenTheTablesChange) {
  env::SimulatedFileSystem fs;
  const auto throttle = std::make_shared<CountingThrottle>();
  LsmOptions options = small_options();
  options.throttle = throttle;
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", "1"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(store->put("b", "1"), IsOk());
  EXPECT_THAT(throttle->seen, ElementsAre(0, 1));
}

}  // namespace
}  // namespace strata::lsm
