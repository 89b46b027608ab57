// The figures of week05-ring-sim: those of small cases by hand, and what must hold for all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "env/random.h"
#include "ring_sim/balance.h"
#include "ring_sim/lookup.h"
#include "ring_sim/moves.h"
#include "ring_sim/quorum.h"
#include "ring_sim/schemes.h"
#include "servers.h"
#include "testing/child.h"
#include "testing/results.h"

namespace strata::hashing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;

Settings small() {
  Settings settings;
  settings.schemes.assign(scheme_names().begin(), scheme_names().end());
  settings.keys = 20'000;
  return settings;
}

TEST(Balance, OfThreeLoadsByHand) {
  const Balance balance = balance_of(std::vector<double>{1, 2, 3});
  EXPECT_DOUBLE_EQ(balance.max_over_mean, 1.5);
  EXPECT_DOUBLE_EQ(balance.min_over_mean, 0.5);
  EXPECT_DOUBLE_EQ(balance.deviation, std::sqrt(2.0 / 3) / 2);
}

TEST(Balance, SharesAreWhatEachServerOwns) {
  const Ring ring(servers(5), 10);
  const std::vector<double> shares = shares_of(ring);
  ASSERT_THAT(shares, SizeIs(5));
  for (std::size_t place = 0; place < 5; ++place)
    EXPECT_NEAR(shares[place], ring.owned_by(ring.members()[place].id).share(), 1e-12);
}

TEST(Balance, CountsEachKeyOnce) {
  const Settings settings = small();
  for (const std::string& scheme : settings.schemes) {
    const std::vector<double> counts = count_keys(scheme, settings);
    EXPECT_THAT(counts, SizeIs(10));
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0.0), 20'000) << scheme;
    EXPECT_EQ(count_keys(scheme, settings), counts) << scheme;
  }
  for (const double count : count_keys("bounded", settings))
    EXPECT_LE(count, (1 + settings.slack) * 2'000);
}

// The bar of the week: 10 servers, 150 virtual nodes, 1 M keys.
TEST(Balance, OfTheRingIsBelowOneAndAQuarter) {
  Settings settings;
  EXPECT_LE(balance_of(count_keys("ring", settings)).max_over_mean, 1.25);
}

TEST(Points, MoreVirtualNodesBalanceBetter) {
  Settings settings;
  settings.servers = 50;
  settings.virtual_nodes = {1, 10, 100};
  const Table table = points_table(settings);
  ASSERT_THAT(table.rows, SizeIs(3));
  EXPECT_GT(std::stod(table.rows[0][1]), std::stod(table.rows[1][1]));
  EXPECT_GT(std::stod(table.rows[1][1]), std::stod(table.rows[2][1]));
}

// Of six keys in a row, with 2 servers and then 3: 0 and 1 stay, 2 and 5 go to the new server, 3
// and 4 move between the old ones.
TEST(Moves, OfModuloFromTwoToThreeServersByHand) {
  Settings settings = small();
  settings.servers = 2;
  const Change join = changes_of(settings).front();
  const Moves moves = count_moves("modulo", join, settings);
  EXPECT_NEAR(moves.moved, 4.0 / 6, 0.02);
  EXPECT_NEAR(moves.between_old, 2.0 / 6, 0.02);
  EXPECT_DOUBLE_EQ(join.ideal(), 1.0 / 3);
}

TEST(Moves, OfTheRingAreWithinTenPercentOfTheIdealOnAverage) {
  Settings settings;
  settings.keys = 100'000;
  constexpr int kRounds = 8;
  for (std::size_t kind = 0; kind < 3; ++kind) {
    double ratio = 0;
    for (int round = 0; round < kRounds; ++round, ++settings.seed) {
      const Change change = changes_of(settings)[kind];
      const Moves moves = count_moves("ring", change, settings);
      EXPECT_EQ(moves.between_old, 0);
      ratio += moves.moved / change.ideal() / kRounds;
    }
    EXPECT_NEAR(ratio, 1, 0.1);
  }
}

TEST(Moves, OneServerIsAddedOrRemoved) {
  const std::vector<Change> changes = changes_of(small());
  ASSERT_THAT(changes, SizeIs(3));
  EXPECT_EQ(changes[0].after.size(), 11u);
  EXPECT_EQ(changes[0].after.back().id, changes[0].changed);
  EXPECT_EQ(changes[1].before.back().id, changes[1].changed);
  EXPECT_EQ(changes[2].before[5].id, changes[2].changed);
  for (const Change& change : {changes[1], changes[2]}) {
    EXPECT_EQ(change.before.size(), 10u);
    EXPECT_EQ(change.after.size(), 9u);
  }
}

// With one virtual node each, a key's copies are on three neighbours. So each server shares keys
// with the two before it and the two behind it: 2 * 20 pairs of 190.
TEST(Quorum, WithOneVirtualNodeEachOnlyNeighboursDoHarm) {
  const QuorumLoss loss = quorum_loss(Ring(servers(20), 1));
  EXPECT_DOUBLE_EQ(loss.harmful_pairs, 40.0 / 190);
  EXPECT_NEAR(loss.mean_keys, 3.0 / 40, 1e-12);
}

TEST(Quorum, OfThreeServersAnyPairTakesAway) {
  const QuorumLoss loss = quorum_loss(Ring(servers(3), 10));
  EXPECT_DOUBLE_EQ(loss.harmful_pairs, 1);
  EXPECT_NEAR(loss.mean_keys, 1, 1e-12);
  EXPECT_NEAR(loss.most_keys, 1, 1e-12);
}

TEST(Quorum, VirtualNodesMakeMorePairsHarmfulAndTheHarmOfAllPairsStays) {
  double before = 0;
  for (const std::uint32_t virtual_nodes : {1u, 3u, 10u, 50u}) {
    const QuorumLoss loss = quorum_loss(Ring(servers(30), virtual_nodes));
    EXPECT_GT(loss.harmful_pairs, before);
    EXPECT_GE(loss.most_keys, loss.mean_keys);
    EXPECT_NEAR(loss.harmful_pairs * loss.mean_keys, 3 / (30 * 29 / 2.0), 1e-9);
    before = loss.harmful_pairs;
  }
}

// Looks at single keys.
TEST(Quorum, CountsThePairsThatShareAKey) {
  const Ring ring(servers(8), 2);
  std::set<std::pair<ServerId, ServerId>> pairs;
  env::Random points(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::vector<ServerId> copies = ring.preference_list(points.next(), kCopies);
    for (const ServerId a : copies)
      for (const ServerId b : copies)
        if (a < b) pairs.insert({a, b});
  }
  EXPECT_DOUBLE_EQ(quorum_loss(ring).harmful_pairs, static_cast<double>(pairs.size()) / 28);
}

TEST(Lookup, MeasuresWithTheClockThatItIsGiven) {
  const Table table = lookup_table(small(), env::SimulatedClock());
  ASSERT_THAT(table.rows, SizeIs(6));
  EXPECT_THAT(table.rows[0], ElementsAre("modulo", "0.1", "0.00", "0.0"));
}

const Table kTable{.title = "Two",
                   .columns = {{"name", false}, {"number"}},
                   .rows = {{"one", "1.5"}, {"three", "20.0"}},
                   .bar_column = 1,
                   .note = "That is all."};

TEST(Table, AsTextIsAlignedAndHasBars) {
  EXPECT_EQ(to_text(kTable),
            "Two\n\n"
            "name   number\n"
            "one       1.5  ###\n"
            "three    20.0  ########################################\n"
            "\nThat is all.\n");
}

TEST(Table, BarsBeginWhereTheTableSays) {
  Table table = kTable;
  table.bars_from = 1.5;
  EXPECT_THAT(to_text(table), AllOf(HasSubstr("1.5\n"), HasSubstr(std::string(40, '#') + "\n")));
}

TEST(Table, AsCsvAndJsonHasTheFigures) {
  EXPECT_EQ(to_csv(kTable), "name,number\none,1.5\nthree,20.0\n");
  EXPECT_EQ(to_json(kTable),
            "{\"title\": \"Two\", \"rows\": [\n"
            "  {\"name\": \"one\", \"number\": 1.5},\n"
            "  {\"name\": \"three\", \"number\": 20.0}\n"
            "]}\n");
}

testing::Ended run(const std::vector<std::string>& arguments) {
  return testing::run_program_with(STRATA_RING_SIM, arguments, "");
}

TEST(RingSimProgram, PrintsTheSameTableEachTime) {
  for (const std::string table : {"balance", "moves", "points", "quorum"}) {
    const std::vector<std::string> arguments{"--table",         table, "--keys", "5000",
                                             "--virtual-nodes", "20",  "--seed", "3"};
    const testing::Ended once = run(arguments);
    EXPECT_EQ(once.status, 0) << once.err;
    EXPECT_THAT(once.out, HasSubstr("10 servers"));
    EXPECT_EQ(run(arguments).out, once.out);
  }
}

TEST(RingSimProgram, SaysInOneLineWhatIsWrongWithTheCommandLine) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"--table", "pie"}, "'pie' is not one of balance, moves, lookup, points, quorum"},
      {{"--scheme", "ring,rong"}, "'rong' is not one of modulo, jump"},
      {{"--servers", "0"}, "0 is not between 1 and 10000"},
      {{"--virtual-nodes", "5,x"}, "'x' is not a number"},
      {{"--format", "xml"}, "'xml' is not one of text, csv, json"}};
  for (const auto& [arguments, message] : wrong) {
    const testing::Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 2);
    EXPECT_THAT(ended.err, AllOf(HasSubstr(message), HasSubstr("see --help")));
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1);
  }
}

TEST(RingSimProgram, SaysInOneLineWhichOptionsDoNotFitTogether) {
  const testing::Ended ended = run({"--table", "moves", "--servers", "1"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.err,
            "week05-ring-sim: --table moves needs at least 2 servers, so that one can leave\n");
}

TEST(RingSimSettings, MustFitTogether) {
  Settings settings;
  EXPECT_THAT(check_settings(settings), IsOk());
  settings.virtual_nodes = {1, 2};
  EXPECT_THAT(check_settings(settings), FailsWith(ErrorCode::kInvalidArgument));
  settings.table = "quorum";
  EXPECT_THAT(check_settings(settings), IsOk());
  for (const std::uint64_t servers : {2u, 2'001u}) {
    settings.servers = servers;
    EXPECT_THAT(check_settings(settings), FailsWith(ErrorCode::kInvalidArgument));
  }
  settings.table = "points";
  settings.servers = 10'000;
  settings.virtual_nodes = {1'001};
  EXPECT_THAT(check_settings(settings), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace strata::hashing
