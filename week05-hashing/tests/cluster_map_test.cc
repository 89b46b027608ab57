// What a keeper makes of its map, and what it refuses.
#include "shard/cluster_map.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/random.h"
#include "map_servers.h"
#include "testing/results.h"

namespace strata::shard {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;

ClusterMap map_of_three() { return first_map(7, {server(2), server(1), server(3)}).value(); }

std::string message(const Result<ClusterMap>& refused) { return refused.error().message; }

TEST(ClusterMap, TheFirstServerIsTheKeeper) {
  const ClusterMap map = map_of_three();
  EXPECT_EQ(map.epoch, 1u);
  EXPECT_EQ(map.keeper, server(2).id);
  EXPECT_EQ(map.servers, (Servers{server(1), server(2), server(3)}));
  EXPECT_THAT(map.moves(), SizeIs(0));
}

TEST(ClusterMap, AJoinMovesKeysToTheNewServerOnly) {
  const ClusterMap map = joined(map_of_three(), server(4)).value();
  EXPECT_EQ(map.epoch, 2u);
  EXPECT_EQ(map.servers, map_of_three().servers) << "as long as the keys move";
  EXPECT_THAT(map.everybody(), SizeIs(4));
  EXPECT_THAT(map.moves(), SizeIs(3));
  for (const Transfer& move : map.moves()) EXPECT_EQ(move.to, server(4).id);
  const ClusterMap done = finished(map);
  EXPECT_EQ(done.epoch, 3u);
  EXPECT_FALSE(done.next);
  EXPECT_THAT(done.servers, SizeIs(4));
}

TEST(ClusterMap, ALeaveMovesKeysFromTheLeaverOnly) {
  const ClusterMap map = left(map_of_three(), "n1").value();
  EXPECT_THAT(map.moves(), SizeIs(2));
  for (const Transfer& move : map.moves()) EXPECT_EQ(move.from, server(1).id);
  EXPECT_THAT(finished(map).servers, SizeIs(2));
}

TEST(ClusterMap, AWeightMovesKeysOfOneServer) {
  const ClusterMap map = reweighted(map_of_three(), "n3", 2).value();
  for (const Transfer& move : map.moves()) EXPECT_EQ(move.to, server(3).id);
  EXPECT_EQ(finished(map).find("n3")->weight, 2u);
}

TEST(ClusterMap, TheOfficeOfTheKeeperIsHandedOver) {
  const ClusterMap map = handed_over(map_of_three(), "n3").value();
  EXPECT_EQ(map.keeper, server(3).id);
  EXPECT_EQ(map.epoch, 2u);
  EXPECT_THAT(map.moves(), SizeIs(0));
  EXPECT_THAT(left(map, "n2"), IsOk()) << "no keeper any more";
}

TEST(ClusterMap, AServerMayMoveToAnotherAddress) {
  const ClusterMap map = readdressed(map_of_three(), server(3).id, "unix:/elsewhere").value();
  EXPECT_EQ(map.epoch, 2u);
  EXPECT_EQ(map.find("n3")->address, "unix:/elsewhere");
  EXPECT_THAT(map.moves(), SizeIs(0));
  EXPECT_THAT(readdressed(map, ServerId(99), "unix:/x"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(readdressed(joined(map, server(4)).value(), server(3).id, "unix:/x"),
              FailsWith(ErrorCode::kConflict));
}

TEST(ClusterMap, OneChangeAtATime) {
  const ClusterMap map = joined(map_of_three(), server(4)).value();
  for (const auto& refused : {joined(map, server(5)), left(map, "n1"), reweighted(map, "n1", 2),
                              handed_over(map, "n1")}) {
    EXPECT_THAT(refused, FailsWith(ErrorCode::kConflict));
    EXPECT_THAT(message(refused), HasSubstr("a change is under way"));
  }
}

TEST(ClusterMap, RefusesWhatCannotBe) {
  const ClusterMap map = map_of_three();
  Server taken = server(4);
  taken.name = "n1";
  EXPECT_THAT(message(joined(map, taken)), HasSubstr("the name n1 is taken"));
  EXPECT_THAT(message(joined(map, server(1))), HasSubstr("n1 is in the cluster already"));
  EXPECT_THAT(message(left(map, "n9")), HasSubstr("no server n9"));
  EXPECT_THAT(left(map, "n9"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(message(left(map, "n2")), HasSubstr("n2 is the keeper"));
  EXPECT_THAT(message(left(first_map(7, {server(1)}).value(), "n1")), HasSubstr("the last server"));
  EXPECT_THAT(message(reweighted(map, "n1", 0)), HasSubstr("the weight of n1 is 0"));
  EXPECT_THAT(message(reweighted(map, "n1", 101)), HasSubstr("the weight of n1 is 101"));
  Server nameless = server(4);
  nameless.name = "a b";
  EXPECT_THAT(joined(map, nameless), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(first_map(7, {server(1), server(1)}), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ClusterMap, IsWhatItWasAfterATrip) {
  for (const ClusterMap& map : {map_of_three(), joined(map_of_three(), server(4)).value(),
                                handed_over(map_of_three(), "n1").value()})
    EXPECT_EQ(decode(encode(map)).value(), map);
}

TEST(ClusterMap, ADamagedOneIsRefused) {
  EXPECT_THAT(decode(""), FailsWith(ErrorCode::kCorruption));
  const std::string whole = encode(joined(map_of_three(), server(4)).value());
  env::Random random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (std::uint64_t i = 0; i <= random.below(3); ++i)
      damaged[random.below(damaged.size())] ^= static_cast<char>(1u << random.below(8));
    damaged.resize(damaged.size() - random.below(2) * random.below(damaged.size()));
    const auto map = decode(damaged);
    if (map)
      EXPECT_THAT(check(*map), IsOk());
    else
      EXPECT_THAT(map, FailsWith(ErrorCode::kCorruption));
  }
}

}  // namespace
}  // namespace strata::shard
