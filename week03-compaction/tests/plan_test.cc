// What the functions on plans say about a version, and how a plan changes it.
#include "compaction/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compaction/key_walk.h"
#include "env/random.h"
#include "plans.h"

namespace strata::compaction {
namespace {

using ::testing::ElementsAre;

CompactionPlan plan_of(std::vector<lsm::NumberAt> inputs, std::size_t output_level) {
  return {.inputs = std::move(inputs),
          .output_level = output_level,
          .reason = {},
          .max_table_bytes = 1000,
          .max_overlap_bytes = 1000};
}

std::vector<std::uint64_t> numbers_of(const std::vector<lsm::TableInfo>& tables) {
  std::vector<std::uint64_t> numbers;
  for (const lsm::TableInfo& table : tables) numbers.push_back(table.number);
  return numbers;
}

//   level 0   3: [f     m]        the newest
//             2: [  h h  ]
//             1: [a  g]           the oldest
//   level 1   4: [a c]  5: [f h]  6: [n p]
//   level 2   7: [b    g]         8: [o    z]
lsm::Version example() {
  return version_of({{0, {table(3, "f", "m"), table(2, "h", "h"), table(1, "a", "g")}},
                     {1, {table(4, "a", "c"), table(5, "f", "h"), table(6, "n", "p")}},
                     {2, {table(7, "b", "g"), table(8, "o", "z")}}});
}

TEST(Plan, FindsWhatOverlapsEndsIncluded) {
  const lsm::Version version = example();
  EXPECT_THAT(numbers_of(overlapping(version, 0, "h", "h")), ElementsAre(3, 2));
  EXPECT_THAT(numbers_of(overlapping(version, 1, "c", "f")), ElementsAre(4, 5));
  EXPECT_THAT(numbers_of(overlapping(version, 1, "d", "e")), ElementsAre());
  EXPECT_THAT(numbers_of(overlapping(version, 1, "", "zz")), ElementsAre(4, 5, 6));
  EXPECT_THAT(numbers_of(overlapping(version, 1, "p", "zz")), ElementsAre(6));
  EXPECT_THAT(numbers_of(overlapping(version, 1, "q", "zz")), ElementsAre());
  EXPECT_THAT(numbers_of(overlapping(version, 3, "", "zz")), ElementsAre());
  EXPECT_EQ(range_of(version.levels[0]).smallest, "a");
  EXPECT_EQ(range_of(version.levels[0]).largest, "m");
}

TEST(Plan, NamesItsInputsInItsOrder) {
  EXPECT_THAT(numbers_of(inputs_of(plan_of({{0, 1}, {1, 5}, {1, 4}}, 1), example())),
              ElementsAre(1, 5, 4));
}

TEST(Plan, IsUnsoundIfAnOlderTableStaysAbove) {
  const lsm::Version version = example();
  EXPECT_TRUE(is_sound(plan_of({{0, 1}, {1, 4}, {1, 5}}, 1), version)) << "the oldest goes first";
  EXPECT_FALSE(is_sound(plan_of({{0, 3}, {1, 5}}, 1), version)) << "2 and 1 are older, and stay";
  EXPECT_FALSE(is_sound(plan_of({{0, 3}, {0, 2}, {1, 5}}, 1), version))
      << "1 shares f and g with 3";
  EXPECT_TRUE(is_sound(plan_of({{0, 2}, {1, 5}}, 1), version)) << "1 does not overlap 2";
  EXPECT_FALSE(is_sound(plan_of({{0, 1}, {2, 7}}, 2), version)) << "4 and 5 are older than 1";
}

TEST(Plan, IsUnsoundIfAnOutputMayOverlapWhatStays) {
  const lsm::Version version = example();
  EXPECT_FALSE(is_sound(plan_of({{0, 1}, {1, 4}}, 1), version));
  // 4 overlaps only 7, and 6 only 8. If nothing else were in level 2, the outputs would overlap
  // nothing.
  EXPECT_TRUE(is_sound(plan_of({{1, 4}, {1, 6}, {2, 7}, {2, 8}}, 2), version));
  // But one output may reach from a to p, over everything between.
  const lsm::Version gap =
      version_of({{1, {table(1, "a", "b"), table(2, "y", "z")}}, {2, {table(3, "m", "n")}}});
  EXPECT_FALSE(is_sound(plan_of({{1, 1}, {1, 2}}, 2), gap));
  EXPECT_TRUE(is_sound(plan_of({{1, 1}, {1, 2}, {2, 3}}, 2), gap));
}

TEST(Plan, IsUnsoundUpwardsOrIntoLevel0) {
  const lsm::Version version = example();
  EXPECT_FALSE(is_sound(plan_of({{2, 8}}, 1), version));
  EXPECT_FALSE(is_sound(plan_of({{0, 2}}, 0), version));
  EXPECT_FALSE(is_sound(plan_of({}, 1), version));
}

TEST(Plan, MovesATableThatOverlapsNothingWhereItGoes) {
  lsm::Version version = version_of({{1, {table(1, "a", "c")}}, {2, {table(2, "d", "f")}}});
  const CompactionPlan plan = plan_of({{1, 1}}, 2);
  EXPECT_TRUE(is_move(plan, version));
  version.levels[2].insert(version.levels[2].begin(), table(3, "b", "b"));
  EXPECT_FALSE(is_move(plan, version));
}

TEST(Plan, DoesNotMoveATableOntoTooMuchBelow) {
  CompactionPlan plan = plan_of({{1, 1}}, 2);
  const lsm::Version version = version_of(
      {{1, {table(1, "a", "c")}}, {3, {table(2, "a", "b", 600), table(3, "c", "f", 600)}}});
  EXPECT_FALSE(is_move(plan, version));
  plan.max_overlap_bytes = 1200;
  EXPECT_TRUE(is_move(plan, version));
}

TEST(Plan, MovesNoGarbageIntoTheLastLevel) {
  lsm::Version version = version_of({{4, {table(1, "a", "c")}}});
  version.levels[4].front().garbage = 1;
  EXPECT_TRUE(is_move(plan_of({{4, 1}}, 5), version));
  EXPECT_FALSE(is_move(plan_of({{4, 1}}, 6), version));
  version.levels[4].front().garbage = 0;
  EXPECT_TRUE(is_move(plan_of({{4, 1}}, 6), version));
}

TEST(Plan, ATableThatIsWrittenAgainInItsLevelIsNoMove) {
  EXPECT_FALSE(is_move(plan_of({{2, 8}}, 2), example()));
}

TEST(Plan, KnowsWhereSomethingOlderMayLie) {
  const lsm::Version version = example();
  const CompactionPlan plan = plan_of({{0, 2}, {1, 5}}, 1);
  for (const std::string_view key : {"a", "b", "g", "f", "o", "n", "z"})
    EXPECT_TRUE(may_be_below(plan, version, key)) << key;
  for (const std::string_view key : {"A", "h", "i", "m", "zz"})
    EXPECT_FALSE(may_be_below(plan, version, key)) << key;
}

TEST(Plan, WhatLiesManyLevelsDownIsBelow) {
  const lsm::Version version = version_of({{1, {table(2, "a", "c")}}, {6, {table(1, "b", "b")}}});
  EXPECT_TRUE(may_be_below(plan_of({{1, 2}}, 2), version, "b"));
  EXPECT_FALSE(may_be_below(plan_of({{1, 2}}, 2), version, "c"));
}

TEST(Plan, WhatIsNewerIsNotBelow) {
  const lsm::Version version = version_of({{0, {table(2, "a", "z"), table(1, "a", "z")}}});
  EXPECT_FALSE(may_be_below(plan_of({{0, 1}}, 6), version, "k"));
  EXPECT_TRUE(may_be_below(plan_of({{0, 2}}, 6), version, "k"));
  EXPECT_FALSE(may_be_below(plan_of({{0, 2}, {0, 1}}, 6), version, "k"));
}

TEST(Plan, ReplacesItsInputs) {
  const CompactionPlan plan = plan_of({{0, 1}, {1, 4}, {1, 5}}, 1);
  const TableChange change = change_of(plan, {table(9, "a", "d"), table(10, "e", "h")});
  lsm::VersionEdit edit;
  edit.added = change.added;
  edit.removed = change.removed;
  const auto next = lsm::apply(example(), edit).value();
  next.check_invariants();
  EXPECT_THAT(numbers_of(next.levels[0]), ElementsAre(3, 2));
  EXPECT_THAT(numbers_of(next.levels[1]), ElementsAre(9, 10, 6));
}

TEST(KeyWalk, FindsOlderTablesAsASearchForEachKeyDoes) {
  env::Random random(7);
  const auto key = [](std::uint64_t n) { return std::string(1, static_cast<char>('a' + n)); };
  for (int round = 0; round < 300; ++round) {
    lsm::Version version;
    std::uint64_t number = 0;
    for (std::size_t level = lsm::kLevels; level-- > 1;)
      for (std::uint64_t at = random.below(6); at < 26; at += 1 + random.below(8)) {
        const std::uint64_t end = std::min<std::uint64_t>(at + random.below(4), 25);
        version.levels[level].push_back(table(++number, key(at), key(end)));
        at = end;
      }
    const auto level = 1 + random.below(lsm::kLevels - 1);
    const auto& tables = version.levels[level];
    const auto plan =
        plan_of({{level, tables[random.below(tables.size())].number}}, lsm::kLevels - 1);
    OlderTables older(plan, version);
    for (std::uint64_t n = 0; n < 26; ++n) {
      bool expected = false;
      for (std::size_t under = level; under < lsm::kLevels; ++under)
        for (const lsm::TableInfo& found : overlapping(version, under, key(n), key(n)))
          expected |= found.number != plan.inputs.front().number;
      EXPECT_EQ(older.may_hold(key(n)), expected) << "round " << round << ", key " << key(n);
    }
  }
}

TEST(KeyWalk, EndsAnOutputWhereItIsLargeEnough) {
  const auto plan = plan_of({{1, 4}}, 1);
  OutputCuts cuts(plan, lsm::Version());
  EXPECT_FALSE(cuts.ends_before("a", 0));
  EXPECT_FALSE(cuts.ends_before("b", 999));
  EXPECT_TRUE(cuts.ends_before("c", 1000));
}

TEST(KeyWalk, EndsAnOutputThatWouldOverlapTooMuchBelow) {
  const lsm::Version version = version_of(
      {{2, {table(1, "a", "c", 600), table(2, "d", "f", 600), table(3, "g", "z", 600)}}});
  OutputCuts cuts(plan_of({{1, 4}}, 1), version);
  EXPECT_FALSE(cuts.ends_before("b", 0));
  EXPECT_FALSE(cuts.ends_before("e", 10));
  EXPECT_TRUE(cuts.ends_before("h", 20)) << "1 and 2 are 1200 bytes";
  EXPECT_FALSE(cuts.ends_before("i", 10)) << "counted from here on";
  OutputCuts late(plan_of({{1, 4}}, 1), version);
  EXPECT_FALSE(late.ends_before("h", 0)) << "what lies before the first key does not count";
  EXPECT_FALSE(late.ends_before("i", 10));
}

}  // namespace
}  // namespace strata::compaction
