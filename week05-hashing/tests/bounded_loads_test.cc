// Bounded loads: no server above its limit, and as close to the ring as that allows.
#include "placement/bounded_loads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "env/random.h"
#include "servers.h"

namespace strata::hashing {
namespace {

TEST(BoundedLoads, AKeyGoesToTheFirstServerOfItsWalkThatHasRoom) {
  constexpr std::uint64_t kKeys = 600;
  std::vector<Member> members = servers(6);
  members[2].weight = 2;
  const Ring ring(members, 5);
  BoundedLoads loads(members, kKeys, 0.05, 5);
  // The limits by hand: the mean is 600 / 7 for a weight of 1, and 5 % more is exactly 90.
  std::map<ServerId, std::uint64_t> room;
  for (const Member& member : members) room[member.id] = std::uint64_t{member.weight} * 90;
  env::Random points(1);
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    const Point point = points.next();
    ServerId expected;
    for (const ServerId server : ring.preference_list(point, members.size()))
      if (room[server] > 0) {
        expected = server;
        break;
      }
    --room[expected];
    ASSERT_EQ(loads.place(point), expected) << key;
  }
  for (const Member& member : members)
    EXPECT_EQ(loads.load(member.id), std::uint64_t{member.weight} * 90 - room[member.id]);
}

TEST(BoundedLoads, KeysThatAllHaveOneOwnerFillTheServersBehindIt) {
  const std::vector<Member> members = servers(20);
  BoundedLoads loads(members, 100, 0.25);
  const std::vector<ServerId> walk = Ring(members).preference_list(42, 20);
  for (std::uint64_t key = 0; key < 100; ++key)
    ASSERT_EQ(loads.place(42), walk[key / loads.limit(walk[0])]);
  EXPECT_EQ(loads.limit(walk[0]), 7u) << "5 and a quarter, rounded up";
}

TEST(BoundedLoads, WithMuchSlackAreTheRing) {
  const Ring ring(servers(8));
  BoundedLoads loads(servers(8), 1000, 7);
  env::Random points(2);
  for (int key = 0; key < 1000; ++key) {
    const Point point = points.next();
    ASSERT_EQ(loads.place(point), ring.owner(point));
  }
}

TEST(BoundedLoads, DoNotDependOnTheOrderOfTheMembers) {
  std::vector<Member> members = servers(8);
  BoundedLoads loads(members, 1000, 0.01);
  std::ranges::reverse(members);
  BoundedLoads reversed(members, 1000, 0.01);
  env::Random points(3);
  for (int key = 0; key < 1000; ++key) {
    const Point point = points.next();
    ASSERT_EQ(loads.place(point), reversed.place(point));
  }
}

}  // namespace
}  // namespace strata::hashing
