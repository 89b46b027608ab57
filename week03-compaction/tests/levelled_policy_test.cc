// Which plans levelled compaction picks, and that the tree keeps its shape.
#include "compaction/levelled_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plans.h"
#include "random_runs.h"

namespace strata::compaction {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Level 0 is merged at four tables or 400 bytes. The base has at most 400 bytes; a table about 100.
constexpr LevelledOptions kSmall{.level0_tables = 4,
                                 .level1_bytes = 400,
                                 .multiplier = 10,
                                 .table_bytes = 100,
                                 .max_overlap = 10};
const LevelledPolicy kPolicy(kSmall);

std::string picked(const lsm::Version& version) {
  const auto plan = kPolicy.pick(version);
  if (!plan) return "nothing";
  EXPECT_TRUE(is_sound(*plan, version));
  return drawn(*plan);
}

TEST(LevelledTargets, ASmallStoreHasLevel0AndTheLastLevel) {
  EXPECT_EQ(kPolicy.targets({}).base, 6u);
  const auto targets = kPolicy.targets(version_of({{6, {table(1, "a", "z", 400)}}}));
  EXPECT_EQ(targets.base, 6u);
  EXPECT_THAT(targets.bytes, ElementsAre(0, 0, 0, 0, 0, 0, 400));
}

TEST(LevelledTargets, AreTenthsFromTheLastLevelUpwards) {
  const auto targets = kPolicy.targets(version_of({{6, {table(1, "a", "z", 30'000)}}}));
  EXPECT_THAT(targets.bytes, ElementsAre(0, 0, 0, 0, 300, 3000, 30'000));
  EXPECT_EQ(targets.base, 4u);
}

TEST(LevelledTargets, TheBaseIsNotBelowALevelThatHoldsSomething) {
  const auto targets =
      kPolicy.targets(version_of({{3, {table(2, "a", "b")}}, {6, {table(1, "a", "z", 30'000)}}}));
  EXPECT_EQ(targets.base, 3u);
  EXPECT_EQ(targets.bytes[3], 0u);
}

TEST(LevelledPolicy, LeavesATreeInGoodShapeAlone) {
  EXPECT_EQ(picked({}), "nothing");
  EXPECT_EQ(picked(version_of({{0, {table(4, "a", "z"), table(3, "a", "z"), table(2, "a", "z")}},
                               {6, {table(1, "a", "z", 1'000'000)}}})),
            "nothing");
}

TEST(LevelledPolicy, ForReadersItMergesLevel0BeforeItMustBe) {
  const lsm::Version one = version_of({{0, {table(2, "a", "z")}}, {6, {table(1, "a", "z")}}});
  EXPECT_FALSE(kPolicy.pick_for_readers(one)) << "there is nothing that they would be spared";
  const lsm::Version two =
      version_of({{0, {table(3, "a", "m"), table(2, "c", "z")}}, {6, {table(1, "a", "b")}}});
  EXPECT_EQ(picked(two), "nothing");
  const auto plan = kPolicy.pick_for_readers(two);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(is_sound(*plan, two));
  EXPECT_EQ(drawn(*plan), "0/3 0/2 6/1 to 6");
  EXPECT_THAT(plan->reason, HasSubstr("readers look into 2 tables"));
}

// Deletions vanish where they meet what they delete, or at the end.
TEST(LevelledPolicy, ForReadersItPushesATableOfDeletionsDownToWhatItMeets) {
  lsm::TableInfo deletions = table(9, "c", "f");
  deletions.garbage = deletions.entries / 2;
  const auto picked_for_readers = [](const lsm::Version& version) -> std::string {
    EXPECT_EQ(picked(version), "nothing");
    const auto plan = kPolicy.pick_for_readers(version);
    if (!plan) return "nothing";
    EXPECT_TRUE(is_sound(*plan, version));
    EXPECT_FALSE(is_move(*plan, version)) << "it would take the deletions along";
    return drawn(*plan);
  };
  const lsm::TableInfo large = table(1, "m", "z", 30'000);
  EXPECT_EQ(picked_for_readers(version_of({{0, {deletions}}, {6, {large}}})), "0/9 to 6");
  EXPECT_EQ(picked_for_readers(version_of(
                {{0, {deletions}}, {5, {table(2, "a", "b"), table(3, "d", "e")}}, {6, {large}}})),
            "0/9 5/3 to 5");
  EXPECT_EQ(picked_for_readers(version_of({{4, {deletions}}, {6, {table(2, "a", "c"), large}}})),
            "4/9 6/2 to 6");
  EXPECT_EQ(picked_for_readers(version_of({{6, {deletions, large}}})), "nothing")
      << "only a snapshot keeps them there";
  deletions.garbage = deletions.entries / 2 - 1;
  EXPECT_EQ(picked_for_readers(version_of({{0, {deletions}}, {6, {large}}})), "nothing");
}

//   level 0   5: [ b  d]   4: [ b  d]   3: [a  c]   2: [a    e]
//   level 6   6: [a  c]  7: [d d]  8: [x z]
TEST(LevelledPolicy, MergesAllOfLevel0WithWhatItOverlapsInTheBase) {
  const lsm::Version version = version_of(
      {{0, {table(5, "b", "d"), table(4, "b", "d"), table(3, "a", "c"), table(2, "a", "e")}},
       {6, {table(6, "a", "c"), table(7, "d", "d"), table(8, "x", "z")}}});
  EXPECT_EQ(picked(version), "0/5 0/4 0/3 0/2 6/6 6/7 to 6");
  const auto plan = kPolicy.pick(version);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->reason, HasSubstr("level 0 has score 1.00"));
  EXPECT_EQ(kPolicy.debt(version), 400u + 300u);
}

TEST(LevelledPolicy, MergesFewTablesOfLevel0IfTheyAreLarge) {
  EXPECT_EQ(picked(version_of({{0, {table(3, "a", "e", 300), table(2, "a", "c", 100)}},
                               {6, {table(1, "a", "z", 300)}}})),
            "0/3 0/2 6/1 to 6");
}

TEST(LevelledPolicy, MovesTheOldestTableOfLevel0WhereItMeetsNothing) {
  const lsm::Version version = version_of(
      {{0, {table(5, "e", "h"), table(4, "g", "h"), table(3, "e", "f"), table(2, "c", "d")}},
       {6, {table(1, "a", "b")}}});
  EXPECT_EQ(picked(version), "0/2 to 6");
  const auto plan = kPolicy.pick(version);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(is_move(*plan, version));
}

TEST(LevelledPolicy, MergesWhatOverlapsInLevel0OnceAndNotOneByOne) {
  const lsm::Version version = version_of(
      {{0, {table(5, "c", "c"), table(4, "g", "h"), table(3, "e", "f"), table(2, "c", "d")}},
       {6, {table(1, "a", "b")}}});
  EXPECT_EQ(picked(version), "0/5 0/4 0/3 0/2 to 6");
}

//   level 5   2: [a b]  3: [c d]  4: [e f]     420 bytes; its target is 400
//   level 6   5: [a   c]  6: [d d]  7: [k  z]
TEST(LevelledPolicy, PushesDownTheTableThatMeetsLeast) {
  const lsm::Version version = version_of(
      {{5, {table(2, "a", "b", 140), table(3, "c", "d", 140), table(4, "e", "f", 140)}},
       {6, {table(5, "a", "c", 1000), table(6, "d", "d", 100), table(7, "k", "z", 2900)}}});
  EXPECT_EQ(picked(version), "5/4 to 6");
  EXPECT_DOUBLE_EQ(kPolicy.score(version, 5), 1.05);
  EXPECT_EQ(kPolicy.score(version, 6), 0);
}

TEST(LevelledPolicy, TakesAlongWhatATableMeets) {
  const lsm::Version version = version_of(
      {{5, {table(2, "a", "b", 210), table(3, "c", "e", 210)}},
       {6, {table(5, "a", "b", 3000), table(6, "c", "c", 500), table(7, "e", "z", 500)}}});
  EXPECT_EQ(picked(version), "5/3 6/6 6/7 to 6");
}

TEST(LevelledPolicy, OfEqualTablesTheOldestGoes) {
  const lsm::Version version =
      version_of({{5, {table(9, "a", "b", 210), table(3, "c", "d", 210), table(7, "e", "f", 210)}},
                  {6, {table(1, "m", "n", 4000)}}});
  EXPECT_EQ(picked(version), "5/3 to 6");
}

TEST(LevelledPolicy, TheFullestLevelGoesFirst) {
  const lsm::Version version = version_of(
      {{0, {table(14, "a", "z"), table(13, "a", "z"), table(12, "a", "z"), table(11, "a", "z")}},
       {5, {table(9, "a", "b", 500)}},
       {6, {table(1, "m", "n", 4000)}}});
  EXPECT_EQ(picked(version), "5/9 to 6");
}

TEST(LevelledPolicy, EmptiesALevelThatShouldHaveNothing) {
  const lsm::Version version =
      version_of({{2, {table(2, "a", "b", 1)}}, {6, {table(1, "a", "z", 300)}}});
  EXPECT_EQ(picked(version), "2/2 to 3");
  EXPECT_GT(kPolicy.debt(version), 0u);
}

//   level 0   4: [a b]   3: [ c   f]   2: [e  h]   1: [g   k]
//   level 1   5: [a a]   6: [j j]   7: [m m]
TEST(PlanRange, TakesOlderTablesOfLevel0Along) {
  const lsm::Version version = version_of(
      {{0, {table(4, "a", "b"), table(3, "c", "f"), table(2, "e", "h"), table(1, "g", "k")}},
       {1, {table(5, "a", "a"), table(6, "j", "j"), table(7, "m", "m")}}});
  const auto range = [&](std::string_view from, std::optional<std::string_view> to) {
    const auto plan = plan_range(version, 0, from, to, kSmall);
    EXPECT_TRUE(!plan || is_sound(*plan, version));
    return plan ? drawn(*plan) : "nothing";
  };
  EXPECT_EQ(range("c", "c"), "0/3 0/2 0/1 1/6 to 1");
  EXPECT_EQ(range("k", "z"), "0/1 1/6 to 1");
  EXPECT_EQ(range("f", "f"), "0/3 0/2 0/1 1/6 to 1");
  EXPECT_EQ(range("", std::nullopt), "0/4 0/3 0/2 0/1 1/5 1/6 to 1");
  EXPECT_EQ(range("l", std::nullopt), "nothing");
}

TEST(PlanRange, TakesTheTablesOfTheRangeEndsIncluded) {
  const lsm::Version version =
      version_of({{5, {table(1, "a", "c"), table(2, "e", "g"), table(3, "i", "k")}},
                  {6, {table(4, "b", "f"), table(5, "j", "z")}}});
  EXPECT_EQ(drawn(*plan_range(version, 5, "c", "e", kSmall)), "5/1 5/2 6/4 to 6");
  EXPECT_EQ(drawn(*plan_range(version, 5, "h", "i", kSmall)), "5/3 6/5 to 6");
  EXPECT_FALSE(plan_range(version, 5, "d", "d", kSmall));
  EXPECT_FALSE(plan_range(version, 5, "z", std::nullopt, kSmall));
}

TEST(PlanRange, FallsThroughLevelsWhereItMeetsNothing) {
  lsm::Version version = version_of({{1, {table(1, "a", "c"), table(2, "e", "g")}},
                                     {3, {table(3, "b", "b")}},
                                     {6, {table(4, "x", "z")}}});
  EXPECT_EQ(drawn(*plan_range(version, 1, "a", "a", kSmall)), "1/1 3/3 to 3");
  EXPECT_EQ(drawn(*plan_range(version, 1, "e", "f", kSmall)), "1/2 to 6");
  EXPECT_TRUE(is_move(*plan_range(version, 1, "e", "f", kSmall), version));
  version.levels[1][1].garbage = 1;
  EXPECT_FALSE(is_move(*plan_range(version, 1, "e", "f", kSmall), version));
}

TEST(PlanRange, TakesNoMoreAtATimeThanAnOutputMayOverlap) {
  std::vector<lsm::TableInfo> tables;
  for (char key = 'a'; key <= 'p'; ++key)
    tables.push_back(table(static_cast<std::uint64_t>(key), std::string(1, key),
                           std::string(1, key), kSmall.table_bytes));
  const lsm::Version version = version_of({{3, tables}});
  const auto inputs = [&](std::string_view from) {
    return plan_range(version, 3, from, std::nullopt, kSmall)->inputs.size();
  };
  EXPECT_EQ(inputs("a"), kSmall.max_overlap);
  EXPECT_EQ(inputs("o"), 2u);
}

TEST(PlanRange, WritesAnewWhatHasGarbageInTheLastLevel) {
  lsm::Version version = version_of({{6,
                                      {table(1, "a", "b"), table(2, "c", "d"), table(3, "e", "f"),
                                       table(4, "g", "h"), table(5, "i", "j")}}});
  EXPECT_FALSE(plan_range(version, 6, "a", "z", kSmall));
  for (const std::size_t at : {1u, 2u, 4u}) version.levels[6][at].garbage = 1;
  EXPECT_EQ(drawn(*plan_range(version, 6, "", std::nullopt, kSmall)), "6/2 6/3 to 6");
  EXPECT_EQ(drawn(*plan_range(version, 6, "f", std::nullopt, kSmall)), "6/3 to 6");
  EXPECT_EQ(drawn(*plan_range(version, 6, "g", std::nullopt, kSmall)), "6/5 to 6");
  EXPECT_FALSE(plan_range(version, 6, "g", "h", kSmall));
}

// Tables 1, 2, 3 ... of these sizes, side by side in a level.
std::vector<lsm::TableInfo> row(const std::vector<std::uint64_t>& sizes) {
  std::vector<lsm::TableInfo> tables;
  for (const std::uint64_t bytes : sizes) {
    const std::string key(1, static_cast<char>('a' + tables.size()));
    tables.push_back(table(tables.size() + 1, key, key, bytes));
  }
  return tables;
}

std::string joined(const lsm::Version& version) {
  const auto plan = kPolicy.pick_to_join(version);
  if (!plan) return "nothing";
  EXPECT_TRUE(is_sound(*plan, version));
  EXPECT_FALSE(is_move(*plan, version));
  return drawn(*plan);
}

TEST(SmallTables, AreJoinedWhereEightLieSideBySide) {
  EXPECT_EQ(joined({}), "nothing");
  EXPECT_EQ(joined(version_of({{6, row({2, 2, 2, 2, 2, 2, 2})}})), "nothing");
  EXPECT_EQ(joined(version_of({{6, row({90, 2, 2, 2, 2, 2, 2, 2, 2, 90})}})),
            "6/2 6/3 6/4 6/5 6/6 6/7 6/8 6/9 to 6");
  EXPECT_EQ(joined(version_of({{6, row({90, 2, 2, 2, 2, 90, 2, 2, 2, 2, 90})}})), "nothing");
}

TEST(SmallTables, OfAnOrdinarySizeAreLeftAlone) {
  EXPECT_EQ(joined(version_of({{6, row({7, 7, 7, 7, 7, 7, 7, 7, 7, 7})}})), "nothing")
      << "eight have more than half of a table's size";
}

TEST(SmallTables, ALargerOneIsNotWrittenAgainForThem) {
  EXPECT_EQ(joined(version_of({{6, row({20, 1, 1, 1, 1, 1, 1, 1})}})), "nothing");
}

TEST(SmallTables, TheCheapestRunIsFirst) {
  EXPECT_EQ(joined(version_of({{6, row({5, 5, 5, 5, 5, 5, 5, 5, 90, 1, 1, 1, 1, 1, 1, 1, 1})}})),
            "6/10 6/11 6/12 6/13 6/14 6/15 6/16 6/17 to 6");
}

TEST(SmallTables, AreNotJoinedIfWhatLiesBelowWouldCutTheResult) {
  auto below = table(20, "c", "d", kSmall.max_overlap * kSmall.table_bytes);
  EXPECT_EQ(joined(version_of({{5, row({2, 2, 2, 2, 2, 2, 2, 2})}, {6, {below}}})),
            "5/1 5/2 5/3 5/4 5/5 5/6 5/7 5/8 to 5");
  ++below.file_size;
  EXPECT_EQ(joined(version_of({{5, row({2, 2, 2, 2, 2, 2, 2, 2})}, {6, {below}}})), "nothing");
}

TEST(SmallTables, AreJoinedByHandIfTheyFitIntoOne) {
  const auto by_hand = [](const std::vector<std::uint64_t>& sizes) {
    const lsm::Version version = version_of({{6, row(sizes)}});
    const auto plan = plan_range(version, 6, "", std::nullopt, kSmall);
    EXPECT_TRUE(!plan || is_sound(*plan, version));
    return plan ? drawn(*plan) : "nothing";
  };
  EXPECT_EQ(by_hand({40, 50}), "6/1 6/2 to 6");
  EXPECT_EQ(by_hand({60, 50}), "nothing");
  EXPECT_EQ(by_hand({60, 50, 30, 20}), "6/2 6/3 6/4 to 6");
  EXPECT_EQ(by_hand({90, 2}), "nothing") << "nearly all of it is in one table already";
  EXPECT_EQ(by_hand({4, 2}), "6/1 6/2 to 6") << "that is little to write";
}

// Keys in order and a flush now and then: each entry is written a few times, and the number of
// tables follows the number of bytes.
TEST(SmallTables, OfManyFlushesBecomeFewForAFewWrites) {
  SimTree tree(RandomRun::kSizes);
  std::uint64_t flushed = 0;
  std::uint64_t written = 0;
  for (std::uint32_t key = 0; key < 2'000; ++key) {
    tree.flush({SimEntry::put(key, key + 1)});
    flushed += RandomRun::kSizes.of(SimEntry::put(key, key + 1));
    for (;;) {
      auto plan = kPolicy.pick(tree.version());
      if (!plan) plan = kPolicy.pick_to_join(tree.version());
      if (!plan) break;
      SimCompaction done = tree.work_out(*std::move(plan));
      if (!done.move) written += done.written_bytes;
      tree.finish(std::move(done));
    }
  }
  const std::uint64_t justified = tree.version().table_bytes() / kSmall.table_bytes;
  EXPECT_LT(tree.version().table_count(), 16 * justified + 20);
  EXPECT_LT(written, 2 * flushed);
}

class LevelledRuns : public ::testing::TestWithParam<std::uint64_t> {};

// Only entries above the last level may be outdated: in level 0, or within the targets.
void expect_shape(const lsm::Version& version) {
  EXPECT_LT(version.levels[0].size(), kSmall.level0_tables);
  EXPECT_LT(bytes_of(version.levels[0]), kSmall.level1_bytes);
  const std::uint64_t last = bytes_of(version.levels[lsm::kLevels - 1]);
  std::uint64_t between = 0;
  for (std::size_t level = 1; level + 1 < lsm::kLevels; ++level)
    between += bytes_of(version.levels[level]);
  EXPECT_LE(between, last / (kSmall.multiplier - 1));
}

TEST_P(LevelledRuns, KeepTheTreeInOrderAndInShape) {
  SCOPED_TRACE(::testing::Message() << "seed " << GetParam());
  RandomRun run(GetParam(), 500);
  for (int flush = 0; flush < 150; ++flush) {
    run.flush(40);
    run.settle(kPolicy);
    if (HasFatalFailure()) return;
    expect_shape(run.version());
  }
}

TEST_P(LevelledRuns, LeaveNoTombstoneBehindACompactionByHand) {
  SCOPED_TRACE(::testing::Message() << "seed " << GetParam());
  RandomRun run(GetParam(), 300);
  for (int flush = 0; flush < 40; ++flush) {
    run.flush(40);
    if (flush % 3 == 0) run.settle(kPolicy);
  }
  run.stop_flushing();
  for (std::size_t level = 0; level < lsm::kLevels; ++level)
    while (const auto plan = plan_range(run.version(), level, "", std::nullopt, kSmall)) {
      run.carry_out(*plan);
      if (HasFatalFailure()) return;
    }
  EXPECT_EQ(run.version().table_count(), run.version().levels[lsm::kLevels - 1].size());
  EXPECT_EQ(run.tombstones(lsm::kLevels - 1), 0u);
  EXPECT_EQ(run.version().table_bytes(), run.live_bytes());
}

TEST_P(LevelledRuns, StayInOrderWhenRangesAreCompactedByHand) {
  SCOPED_TRACE(::testing::Message() << "seed " << GetParam());
  env::Random random(GetParam());
  RandomRun run(GetParam(), 300);
  for (int flush = 0; flush < 60; ++flush) {
    run.flush(20);
    const auto from = static_cast<std::uint32_t>(random.below(300));
    const std::string to = user_key_of(from + static_cast<std::uint32_t>(random.below(50)));
    const auto plan =
        plan_range(run.version(), random.below(lsm::kLevels), user_key_of(from), to, kSmall);
    if (plan) run.carry_out(*plan);
    if (HasFatalFailure()) return;
  }
  run.settle(kPolicy);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LevelledRuns, ::testing::Range<std::uint64_t>(1, 9));

TEST(LevelledPolicy, KeysInOrderAreNeverWrittenTwice) {
  SimTree tree(RandomRun::kSizes);
  std::uint32_t next = 0;
  for (int flush = 0; flush < 100; ++flush) {
    SimEntries entries;
    for (int i = 0; i < 10; ++i, ++next) entries.push_back(SimEntry::put(next, next + 1));
    tree.flush(std::move(entries));
    while (auto plan = kPolicy.pick(tree.version())) {
      EXPECT_TRUE(is_move(*plan, tree.version())) << plan->reason;
      tree.finish(tree.work_out(*plan));
    }
  }
}

}  // namespace
}  // namespace strata::compaction
