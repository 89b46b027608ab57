// Which plans size-tiered compaction picks, and that the tree keeps its shape.
#include "compaction/tiered_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plans.h"
#include "random_runs.h"

namespace strata::compaction {
namespace {

using ::testing::HasSubstr;

constexpr TieredOptions kSmallTiers{
    .max_runs = 4, .size_ratio_percent = 10, .max_newer_percent = 200, .table_bytes = 100};
const TieredPolicy kTiered(kSmallTiers);

// Tables for level 0 of these sizes, the newest first; all have the same range of keys.
std::vector<lsm::TableInfo> level0(const std::vector<std::uint64_t>& sizes) {
  std::vector<lsm::TableInfo> tables;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    tables.push_back(table(100 - i, "a", "z", sizes[i]));
  return tables;
}

std::string picked_by_tiers(const lsm::Version& version) {
  const auto plan = kTiered.pick(version);
  if (!plan) return "nothing";
  EXPECT_TRUE(is_sound(*plan, version));
  return drawn(*plan) + ": " + plan->reason;
}

TEST(TieredPolicy, LeavesFewRunsAlone) {
  EXPECT_EQ(picked_by_tiers({}), "nothing");
  EXPECT_EQ(picked_by_tiers(version_of({{6, {table(1, "a", "b"), table(2, "c", "d")}}})),
            "nothing");
  EXPECT_EQ(
      picked_by_tiers(version_of({{0, level0({10, 10, 10})}, {6, {table(1, "a", "z", 100)}}})),
      "nothing");
}

TEST(TieredPolicy, MergesRunsOfOneSizeJustAboveTheNextOlder) {
  const lsm::Version version = version_of(
      {{0, level0({10, 11, 20})}, {5, {table(2, "a", "z", 100)}}, {6, {table(1, "a", "z", 900)}}});
  EXPECT_EQ(picked_by_tiers(version), "0/100 0/99 0/98 to 4: 3 runs are alike in size");
  EXPECT_EQ(kTiered.debt(version), 21u) << "all but the oldest run of the plan";
}

TEST(TieredPolicy, BeginsWithAnOlderRunIfTheNewestIsNotLikeTheNext) {
  EXPECT_EQ(picked_by_tiers(version_of({{0, level0({1, 20, 20})},
                                        {5, {table(2, "a", "z", 100)}},
                                        {6, {table(1, "a", "z", 900)}}})),
            "0/99 0/98 to 4: 2 runs are alike in size");
}

TEST(TieredPolicy, MergesTheNewestWhereNoRunsAreAlike) {
  EXPECT_EQ(picked_by_tiers(version_of({{0, level0({1, 10})},
                                        {4, {table(3, "a", "z", 100)}},
                                        {5, {table(2, "a", "z", 1000)}},
                                        {6, {table(1, "a", "z", 10'000)}}})),
            "0/100 0/99 to 3: 5 runs");
}

TEST(TieredPolicy, MergesAllIfTooMuchIsNewerThanTheOldest) {
  EXPECT_THAT(
      picked_by_tiers(version_of({{0, level0({100, 100})}, {6, {table(1, "a", "z", 100)}}})),
      HasSubstr("0/100 0/99 6/1 to 6: too much is newer"));
}

TEST(TieredPolicy, WhatIsMergedNeverStaysInLevel0) {
  // 100 and 99 are alike. 98 and level 1 are in the way: the output must go below level 0.
  EXPECT_EQ(picked_by_tiers(version_of({{0, level0({10, 10, 50})},
                                        {1, {table(2, "a", "z", 400)}},
                                        {2, {table(1, "a", "z", 900)}}})),
            "0/100 0/99 0/98 1/2 to 1: 2 runs are alike in size");
}

class TieredRuns : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(TieredRuns, KeepTheTreeInOrderAndInShape) {
  SCOPED_TRACE(::testing::Message() << "seed " << GetParam());
  RandomRun run(GetParam(), 500);
  for (int flush = 0; flush < 150; ++flush) {
    run.flush(40);
    run.settle(kTiered);
    if (HasFatalFailure()) return;
    const auto runs = runs_of(run.version());
    EXPECT_LE(runs.size(), kSmallTiers.max_runs);
    const std::uint64_t newer = run.version().table_bytes() - runs.back().bytes;
    EXPECT_TRUE(runs.size() == 1 || newer < 2 * runs.back().bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TieredRuns, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace strata::compaction
