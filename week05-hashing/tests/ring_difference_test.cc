// What changes hands between two rings: all that must, and nothing else.
#include "hashing/ring_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "env/random.h"
#include "servers.h"

namespace strata::hashing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each point goes from its old owner to its new one, or is in no range.
void expect_whole(const Ring& before, const Ring& after) {
  const std::vector<Handover> changes = difference(before, after);
  for (std::size_t i = 1; i < changes.size(); ++i)
    ASSERT_LT(changes[i - 1].range.last, changes[i].range.first);
  std::vector<Point> points;
  for (const Ring* ring : {&before, &after})
    for (const OwnedRange& part : ring->ranges())
      points.insert(points.end(), {part.range.first, part.range.last});
  for (const Point point : points) {
    const auto at = std::ranges::find_if(
        changes, [&](const Handover& change) { return change.range.contains(point); });
    if (before.owner(point) == after.owner(point)) {
      EXPECT_TRUE(at == changes.end()) << point;
    } else {
      ASSERT_TRUE(at != changes.end()) << point;
      EXPECT_EQ(at->from, before.owner(point));
      EXPECT_EQ(at->to, after.owner(point));
    }
  }
}

TEST(RingDifference, OfTheSameRingIsEmpty) {
  EXPECT_THAT(difference(Ring(servers(5)), Ring(servers(5))), IsEmpty());
}

TEST(RingDifference, IsAllThatChangesHands) {
  env::Random random(1);
  for (int round = 0; round < 30; ++round) {
    const auto draw = [&random] {
      std::vector<Member> members;
      for (const Member& member : servers(6))
        if (random.one_in(2) || members.empty())
          members.push_back(
              {.id = member.id, .weight = 1 + static_cast<std::uint32_t>(random.below(3))});
      return members;
    };
    expect_whole(Ring(draw(), 4), Ring(draw(), 4));
  }
}

TEST(RingDifference, NeighboursThatGoTheSameWayAreOneRange) {
  const std::vector<Handover> changes = difference(Ring(servers(3), 50), Ring(servers(4), 50));
  for (std::size_t i = 1; i < changes.size(); ++i)
    EXPECT_FALSE(changes[i - 1].range.last + 1 == changes[i].range.first &&
                 changes[i - 1].from == changes[i].from && changes[i - 1].to == changes[i].to);
}

TEST(RingDifference, OneServerGivesAllToAnother) {
  const std::vector<Member> members = servers(2);
  EXPECT_THAT(difference(Ring({members[0]}), Ring({members[1]})),
              ElementsAre(Handover{PointRange{}, members[0].id, members[1].id}));
}

TEST(RingDifference, WhoJoinsTakesItsShareAndNothingMovesBetweenTheOthers) {
  for (const std::uint64_t count : {3u, 9u, 30u}) {
    const std::vector<Member> members = servers(count + 1);
    double moved = 0;
    for (const Handover& change :
         difference(Ring({members.begin(), members.end() - 1}), Ring(members))) {
      EXPECT_EQ(change.to, members.back().id);
      moved += share_of(change.range);
    }
    EXPECT_DOUBLE_EQ(moved, Ring(members).owned_by(members.back().id).share());
  }
}

TEST(RingDifference, WhoLeavesGivesToAllOthers) {
  const std::vector<Member> members = servers(10);
  std::vector<Transfer> all = transfers(Ring(members), Ring({members.begin() + 1, members.end()}));
  ASSERT_EQ(all.size(), 9u);
  for (const Transfer& transfer : all) {
    EXPECT_EQ(transfer.from, members[0].id);
    EXPECT_GT(transfer.points.share(), 0.0);
  }
}

TEST(RingDifference, ThereAndBackIsTheSame) {
  const Ring before(servers(5));
  const Ring after(servers(6));
  const std::vector<Handover> there = difference(before, after);
  const std::vector<Handover> back = difference(after, before);
  ASSERT_EQ(there.size(), back.size());
  for (std::size_t i = 0; i < there.size(); ++i)
    EXPECT_EQ(back[i], (Handover{there[i].range, there[i].to, there[i].from}));
}

TEST(RingTransfers, HoldTheDifferenceByPairs) {
  std::vector<Member> members = servers(6);
  const Ring before(members);
  members.erase(members.begin() + 2);
  members[0].weight = 2;
  const Ring after(members);
  PointSet moved;
  for (const Transfer& transfer : transfers(before, after)) {
    EXPECT_FALSE(moved.intersects(transfer.points));
    moved = moved | transfer.points;
    EXPECT_TRUE(before.owned_by(transfer.from).includes(transfer.points));
    EXPECT_TRUE(after.owned_by(transfer.to).includes(transfer.points));
  }
  PointSet expected;
  for (const Handover& change : difference(before, after))
    expected = expected | PointSet({change.range});
  EXPECT_EQ(moved, expected);
}

}  // namespace
}  // namespace strata::hashing
