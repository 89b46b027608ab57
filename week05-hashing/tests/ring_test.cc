// What a ring promises: one owner everywhere, fair shares, and the same ring for the same members.
#include "hashing/ring.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "env/random.h"
#include "servers.h"

namespace strata::hashing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// The definition: of all virtual nodes at the point or behind it the first one; of several on one
// point, that of the server with the lowest id.
ServerId owner_by_definition(const std::vector<Member>& members, std::uint32_t virtual_nodes,
                             Point point) {
  std::optional<std::pair<Point, ServerId>> best;  // how far it is, and whose
  for (const Member& member : members)
    for (std::uint64_t number = 0; number < std::uint64_t{member.weight} * virtual_nodes;
         ++number) {
      const std::pair candidate{point_of(member.id, number) - point, member.id};
      if (!best || candidate < *best) best = candidate;
    }
  return best->second;
}

TEST(Point, IsTheBeginningOfTheSha256) {
  // printf user:1 | sha256sum; and of 16 bytes, 07 and 15 zeros.
  EXPECT_EQ(point_of("user:1"), 0xabc3a47b8ad18b85u);
  EXPECT_EQ(point_of(ServerId(7), 0), 0x76108f84396dc2d7u);
}

TEST(Ring, AKeyBelongsToTheFirstVirtualNodeAtItsPointOrBehindIt) {
  env::Random random(1);
  for (const std::uint32_t virtual_nodes : {1u, 2u, 10u}) {
    std::vector<Member> members = servers(5);
    members[2].weight = 3;
    const Ring ring(members, virtual_nodes);
    ring.check_invariants();
    for (int i = 0; i < 300; ++i) {
      const Point point = random.next();
      ASSERT_EQ(ring.owner(point), owner_by_definition(members, virtual_nodes, point)) << point;
    }
    for (const Member& member : members) {  // on a virtual node, and beside it
      const Point node = point_of(member.id, 0);
      EXPECT_EQ(ring.owner(node), member.id);
      for (const Point point : {node - 1, node + 1})
        EXPECT_EQ(ring.owner(point), owner_by_definition(members, virtual_nodes, point));
    }
  }
}

TEST(Ring, BehindTheLastVirtualNodeComesTheFirst) {
  const Ring ring(servers(4), 3);
  EXPECT_EQ(ring.owner(0), ring.owner(kLastPoint));
  EXPECT_EQ(ring.owner(0), owner_by_definition(servers(4), 3, 0));
}

TEST(Ring, OfOneServerIsAllItsOwn) {
  const Ring ring(servers(1));
  EXPECT_THAT(ring.ranges(), ElementsAre(OwnedRange{PointRange{}, servers(1)[0].id}));
  EXPECT_EQ(ring.owned_by(servers(1)[0].id), PointSet::all());
}

TEST(Ring, WithoutServersOwnsNothing) {
  const Ring ring({});
  EXPECT_TRUE(ring.empty());
  EXPECT_THAT(ring.ranges(), IsEmpty());
  EXPECT_THAT(ring.preference_list(7, 3), IsEmpty());
  ring.check_invariants();
}

TEST(Ring, DoesNotDependOnTheOrderOfItsMembers) {
  std::vector<Member> members = servers(8);
  const std::vector<OwnedRange> ranges = Ring(members).ranges();
  env::Random random(3);
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = members.size() - 1; i > 0; --i)
      std::swap(members[i], members[random.below(i + 1)]);
    EXPECT_EQ(Ring(members).ranges(), ranges);
  }
}

TEST(Ring, RangesCoverTheCircleOnce) {
  const Ring ring(servers(10));
  Point next = 0;
  for (const OwnedRange& part : ring.ranges()) {
    ASSERT_EQ(part.range.first, next);
    EXPECT_EQ(ring.owner(part.range.first), part.owner);
    EXPECT_EQ(ring.owner(part.range.last), part.owner);
    next = part.range.last + 1;
  }
  EXPECT_EQ(next, 0u) << "behind the last point";
  PointSet all;
  for (const Member& member : ring.members()) {
    const PointSet owned = ring.owned_by(member.id);
    EXPECT_FALSE(all.intersects(owned));
    all = all | owned;
  }
  EXPECT_EQ(all, PointSet::all());
}

TEST(Ring, SpreadsAMillionKeysEvenly) {
  const Ring ring(servers(10));
  std::map<ServerId, double> keys;
  for (int i = 0; i < 1'000'000; ++i) ++keys[ring.owner(point_of(fmt::format("user:{}", i)))];
  double most = 0;
  for (const auto& [server, count] : keys) most = std::max(most, count);
  EXPECT_LE(most / 100'000, 1.25);
  RecordProperty("max_over_mean", fmt::format("{:.3f}", most / 100'000));
}

TEST(Ring, AServerOfTwiceTheWeightHasAboutTwiceTheKeys) {
  std::vector<Member> members = servers(10);
  members[4].weight = 2;
  EXPECT_NEAR(Ring(members).owned_by(members[4].id).share(), 2.0 / 11, 0.03);
}

TEST(Ring, AThousandServersAreFoundInTheirRing) {
  const Ring ring(servers(1000));
  ring.check_invariants();
  std::set<ServerId> owners;
  for (const OwnedRange& part : ring.ranges()) owners.insert(part.owner);
  EXPECT_THAT(owners, SizeIs(1000));
}

TEST(PreferenceList, BeginsWithTheOwnerAndNamesEachServerOnce) {
  const Ring ring(servers(5), 20);
  env::Random random(2);
  for (int i = 0; i < 200; ++i) {
    const Point point = random.next();
    const std::vector<ServerId> list = ring.preference_list(point, 3);
    ASSERT_THAT(list, SizeIs(3));
    EXPECT_EQ(list[0], ring.owner(point));
    EXPECT_THAT(std::set<ServerId>(list.begin(), list.end()), SizeIs(3));
  }
}

TEST(PreferenceList, FollowsTheCircle) {
  // The second of the list is who would own the key if the first were not there.
  const std::vector<Member> members = servers(6);
  const Ring ring(members, 10);
  env::Random random(4);
  for (int i = 0; i < 200; ++i) {
    const Point point = random.next();
    std::vector<Member> left = members;
    for (const ServerId server : ring.preference_list(point, 6)) {
      ASSERT_EQ(Ring(left, 10).owner(point), server);
      std::erase_if(left, [&](const Member& member) { return member.id == server; });
    }
    EXPECT_THAT(left, IsEmpty());
  }
}

TEST(PreferenceList, EndsWhenThereAreNoMoreServers) {
  EXPECT_THAT(Ring(servers(2), 5).preference_list(1, 9),
              UnorderedElementsAre(servers(2)[0].id, servers(2)[1].id));
}

// riak_core#913: two copies of a key on one server, where the circle begins again.
TEST(PreferenceList, NamesNoServerTwiceWhereTheCircleBeginsAgain) {
  const Ring ring(servers(3), 1);
  for (const Point point : {Point{0}, kLastPoint, ring.ranges().back().range.first})
    EXPECT_THAT(ring.preference_list(point, 3),
                UnorderedElementsAre(servers(3)[0].id, servers(3)[1].id, servers(3)[2].id));
}

TEST(PreferenceList, SpreadsOverZones) {
  std::vector<Member> members = servers(6);
  for (std::size_t i = 0; i < members.size(); ++i) members[i].zone = i < 4 ? "a" : "b";
  std::map<ServerId, std::string> zones;
  for (const Member& member : members) zones[member.id] = member.zone;
  const Ring ring(members, 20);
  env::Random random(6);
  for (int i = 0; i < 200; ++i) {
    const Point point = random.next();
    const std::vector<ServerId> list = ring.preference_list(point, 3, Spread::kZones);
    ASSERT_THAT(list, SizeIs(2)) << "there are two zones";
    EXPECT_EQ(list[0], ring.owner(point));
    EXPECT_NE(zones[list[0]], zones[list[1]]);
  }
}

}  // namespace
}  // namespace strata::hashing
