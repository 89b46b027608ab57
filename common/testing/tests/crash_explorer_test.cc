// The explorer is useful only if it catches wrong stores.
#include "testing/crash_explorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "testing/results.h"
#include "tiny_store.h"

namespace strata::testing {
namespace {

using ::testing::ElementsAre;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

CrashExploration exploration_of(Flaw flaw) {
  CrashExploration exploration;
  exploration.open = [flaw](env::FileSystem& fs) { return TinyStore::open(fs, flaw); };
  exploration.batches = 60;
  exploration.shape = {.keys = 10, .max_value_bytes = 3000};  // records of several sectors
  return exploration;
}

class Wrong : public ::testing::TestWithParam<Flaw> {};

TEST_P(Wrong, IsCaught) {
  const CrashReport report = explore_crashes(exploration_of(GetParam()));
  ASSERT_THAT(report.failures, Not(IsEmpty()));
  EXPECT_LE(report.failures.size(), 10u);
  EXPECT_THAT(report.failures.front(), HasSubstr("seed 1: "));
}

std::string name_of_flaw(const ::testing::TestParamInfo<Flaw>& info) {
  switch (info.param) {
    case Flaw::kNone:
      return "None";
    case Flaw::kNeverSyncs:
      return "NeverSyncs";
    case Flaw::kForgetsTheDirectory:
      return "ForgetsTheDirectory";
    case Flaw::kAcknowledgesBeforeSync:
      return "AcknowledgesBeforeSync";
    case Flaw::kTrustsTornRecords:
      return "TrustsTornRecords";
    case Flaw::kSplitsBatches:
      return "SplitsBatches";
    case Flaw::kKeepsTheTornTail:
      return "KeepsTheTornTail";
    case Flaw::kShowsWhatIsNotSafe:
      return "ShowsWhatIsNotSafe";
  }
  return "Unknown";
}

INSTANTIATE_TEST_SUITE_P(AStoreThat, Wrong,
                         ::testing::Values(Flaw::kNeverSyncs, Flaw::kForgetsTheDirectory,
                                           Flaw::kAcknowledgesBeforeSync, Flaw::kTrustsTornRecords,
                                           Flaw::kSplitsBatches, Flaw::kKeepsTheTornTail,
                                           Flaw::kShowsWhatIsNotSafe),
                         name_of_flaw);

TEST(CrashExplorer, AcceptsAStoreThatIsRight) {
  const CrashReport report = explore_crashes(exploration_of(Flaw::kNone));
  EXPECT_THAT(report.failures, IsEmpty());
  // Opening: the file, its directory, what it holds. Each batch: a write and a sync.
  EXPECT_EQ(report.calls, 3u + 2 * 60);
  EXPECT_GT(report.recoveries, report.calls * power_cuts(0).size()) << "recoveries are cut too";
}

TEST(CrashExplorer, LeavesOutWhatAWeakerModeMayLose) {
  CrashExploration exploration = exploration_of(Flaw::kAcknowledgesBeforeSync);
  exploration.may_lose = 1;
  EXPECT_THAT(explore_crashes(exploration).failures, IsEmpty());
}

TEST(CrashExplorer, HoldsAWeakerModeToWhatItSaysIsDurable) {
  CrashExploration exploration = exploration_of(Flaw::kNeverSyncs);
  exploration.may_lose = exploration.batches;
  EXPECT_THAT(explore_crashes(exploration).failures, IsEmpty());
  exploration.after_batch = [](Store&, std::uint64_t number) -> Result<bool> {
    return number == 10;  // this is not true: nothing was made durable
  };
  EXPECT_THAT(explore_crashes(exploration).failures, Not(IsEmpty()));
}

TEST(CrashExplorer, TellsTheSameStoryForTheSameSeed) {
  const auto first = explore_crashes(exploration_of(Flaw::kTrustsTornRecords));
  const auto second = explore_crashes(exploration_of(Flaw::kTrustsTornRecords));
  EXPECT_EQ(first.failures, second.failures);
  EXPECT_EQ(first.recoveries, second.recoveries);
}

TEST(CrashExplorer, RunsWhatIsToHappenAfterEachBatch) {
  CrashExploration exploration = exploration_of(Flaw::kNone);
  exploration.batches = 3;
  std::vector<std::uint64_t> numbers;
  exploration.after_batch = [&](Store& store, std::uint64_t number) -> Result<bool> {
    numbers.push_back(number);
    if (number == 2) return io_error("enough");
    STRATA_TRY(store.put("key0000", "after"));
    return false;
  };
  // The extra put is in no batch, so the explorer reports failures. This test is only about the
  // calls of after_batch.
  const CrashReport report = explore_crashes(exploration);
  EXPECT_THAT(numbers, ElementsAre(0, 1, 2));
  EXPECT_THAT(report.failures, Not(IsEmpty()));
}

TEST(CrashExplorer, ReportsAStoreThatDoesNotOpen) {
  CrashExploration exploration;
  exploration.open = [](env::FileSystem&) -> Result<std::unique_ptr<Store>> {
    return corruption("never opens");
  };
  EXPECT_THAT(explore_crashes(exploration).failures,
              ElementsAre(HasSubstr("opening a new store: never opens")));
}

TEST(PowerCuts, LoseKeepAndTearAtBothSectorSizes) {
  const auto cuts = power_cuts(5);
  std::set<std::string> different;
  std::set<std::size_t> sectors;
  for (const env::PowerCut& cut : cuts) {
    different.insert(cut.describe());
    if (cut.data == env::Unsynced::kSubset) sectors.insert(cut.sector_bytes);
  }
  EXPECT_THAT(different, SizeIs(cuts.size()));
  EXPECT_THAT(sectors, ElementsAre(512, 4096));
}

}  // namespace
}  // namespace strata::testing
