// Each placement against its definition, and what each promises about change and balance.
#include "placement/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "env/random.h"
#include "placement/jump_hash.h"
#include "placement/maglev_table.h"
#include "placement/modulo_placement.h"
#include "placement/rendezvous.h"
#include "placement/ring_placement.h"
#include "servers.h"

namespace strata::hashing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr int kKeys = 20'000;

std::vector<Member> without(std::vector<Member> members, std::size_t place) {
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(place));
  return members;
}

struct Moved {
  int all = 0;
  int between_old = 0;  // neither from nor to `changed`
};
Moved moved(const Placement& before, const Placement& after, ServerId changed) {
  Moved count;
  env::Random points(7);
  for (int key = 0; key < kKeys; ++key) {
    const Point point = points.next();
    const ServerId from = before.owner(point);
    const ServerId to = after.owner(point);
    count.all += from != to;
    count.between_old += from != to && from != changed && to != changed;
  }
  return count;
}

std::map<ServerId, int> counts_of(const Placement& placement) {
  std::map<ServerId, int> counts;
  env::Random points(8);
  for (int key = 0; key < kKeys; ++key) ++counts[placement.owner(points.next())];
  return counts;
}

struct Form {
  std::string name;
  std::function<std::unique_ptr<Placement>(const std::vector<Member>&)> make;
  double highest;     // max over mean that 10 servers must stay below
  bool order_counts;  // the order of the members is their numbering
  bool moves_little;  // only what must move, if any server leaves
};
void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }

template <class T>
Form form(std::string name, double highest, bool order_counts, bool moves_little) {
  return {std::move(name),
          [](const std::vector<Member>& members) -> std::unique_ptr<Placement> {
            return std::make_unique<T>(members);
          },
          highest, order_counts, moves_little};
}

class EachPlacement : public ::testing::TestWithParam<Form> {};

INSTANTIATE_TEST_SUITE_P(Forms, EachPlacement,
                         ::testing::Values(form<ModuloPlacement>("modulo", 1.1, false, false),
                                           form<JumpHash>("jump", 1.1, true, false),
                                           form<Rendezvous>("rendezvous", 1.1, false, true),
                                           form<MaglevTable>("maglev", 1.1, false, false),
                                           form<RingPlacement>("ring", 1.3, false, true)),
                         [](const auto& info) { return info.param.name; });

TEST_P(EachPlacement, SpreadsTheKeysOverAllServers) {
  const auto placement = GetParam().make(servers(10));
  EXPECT_EQ(placement->name(), GetParam().name);
  const auto counts = counts_of(*placement);
  EXPECT_THAT(counts, SizeIs(10));
  for (const auto& [server, count] : counts) {
    EXPECT_LT(count, GetParam().highest * kKeys / 10);
    EXPECT_GT(count, 0.7 * kKeys / 10);
  }
}

TEST_P(EachPlacement, DoesNotDependOnTheOrderOfItsMembers) {
  std::vector<Member> members = servers(10);
  const auto placement = GetParam().make(members);
  std::ranges::reverse(members);
  const bool same = moved(*placement, *GetParam().make(members), ServerId(0)).all == 0;
  EXPECT_EQ(same, !GetParam().order_counts);
}

TEST_P(EachPlacement, GivesAllKeysToTheOnlyServer) {
  EXPECT_THAT(counts_of(*GetParam().make(servers(1))),
              ElementsAre(std::pair(servers(1)[0].id, kKeys)));
}

TEST_P(EachPlacement, MovesOnlyWhatItMustIfItPromisesThat) {
  if (!GetParam().moves_little) return;
  const std::vector<Member> members = servers(10);
  const auto all = GetParam().make(members);
  const auto counts = counts_of(*all);
  for (std::size_t place = 0; place < members.size(); ++place) {
    const auto rest = GetParam().make(without(members, place));
    const Moved leaving = moved(*all, *rest, members[place].id);
    EXPECT_EQ(leaving.between_old, 0);
    EXPECT_NEAR(leaving.all, counts.at(members[place].id), 0.02 * kKeys);
    EXPECT_EQ(moved(*rest, *all, members[place].id).between_old, 0);
  }
}

TEST(Modulo, IsTheRemainder) {
  const std::vector<Member> members = servers(3);
  const ModuloPlacement placement({members[2], members[0], members[1]});
  for (const Point point : {Point{0}, Point{1}, Point{2}, Point{3}, kLastPoint})
    EXPECT_EQ(placement.owner(point), members[point % 3].id);
}

TEST(Modulo, MovesNearlyAllKeysOnAJoin) {
  const std::vector<Member> members = servers(10);
  const Moved joining =
      moved(ModuloPlacement(without(members, 9)), ModuloPlacement(members), members[9].id);
  EXPECT_NEAR(joining.all, 0.9 * kKeys, 0.02 * kKeys);
  EXPECT_NEAR(joining.between_old, 0.8 * kKeys, 0.02 * kKeys);
}

// The numbers that other implementations of the paper's code test with.
TEST(JumpHash, GivesTheNumbersOfThePapersCode) {
  EXPECT_EQ(jump_hash(1, 1), 0u);
  EXPECT_EQ(jump_hash(0, 60), 0u);
  EXPECT_EQ(jump_hash(1, 60), 55u);
  EXPECT_EQ(jump_hash(2, 60), 46u);
  EXPECT_EQ(jump_hash(42, 57), 43u);
  EXPECT_EQ(jump_hash(256, 1024), 520u);
  EXPECT_EQ(jump_hash(0xDEAD10CC, 666), 361u);
}

TEST(JumpHash, AKeyStaysOrGoesToTheNewBucket) {
  env::Random points(1);
  for (int i = 0; i < 500; ++i) {
    const Point point = points.next();
    std::uint32_t bucket = 0;
    for (std::uint32_t buckets = 1; buckets < 100; ++buckets) {
      const std::uint32_t next = jump_hash(point, buckets);
      ASSERT_TRUE(next == bucket || next == buckets - 1);
      bucket = next;
    }
  }
}

TEST(JumpHash, LetsOnlyTheLastServerLeaveCheaply) {
  const std::vector<Member> members = servers(10);
  const JumpHash all(members);
  EXPECT_EQ(moved(all, JumpHash(without(members, 9)), members[9].id).between_old, 0);
  EXPECT_GT(moved(all, JumpHash(without(members, 0)), members[0].id).between_old, kKeys / 2);
}

// The definition: the server that draws the highest number.
TEST(Rendezvous, TheHighestNumberWins) {
  std::vector<Member> members = servers(6);
  members[3].weight = 3;
  const Rendezvous placement(members);
  env::Random points(2);
  for (int i = 0; i < 500; ++i) {
    const Point point = points.next();
    std::map<std::uint64_t, ServerId> drawn;
    for (const Member& member : members)
      for (std::uint64_t number = 0; number < member.weight; ++number)
        drawn[env::Random(point_of(member.id, number) ^ point).next()] = member.id;
    ASSERT_EQ(placement.owner(point), drawn.rbegin()->second);
  }
}

TEST(Rendezvous, MoreWeightTakesKeysAndNeverGivesAny) {
  std::vector<Member> members = servers(5);
  const Rendezvous before(members);
  members[1].weight = 2;
  const Rendezvous after(members);
  EXPECT_NEAR(counts_of(after)[members[1].id], 2.0 / 6 * kKeys, 0.02 * kKeys);
  env::Random points(3);
  for (int i = 0; i < 1000; ++i) {
    const Point point = points.next();
    if (before.owner(point) != after.owner(point)) {
      ASSERT_EQ(after.owner(point), members[1].id);
    }
  }
}

// The paper's procedure, with the whole order of each server written out. Point p < `entries` lies
// in entry p.
std::vector<ServerId> maglev_by_definition(const std::vector<Member>& members,
                                           std::uint64_t entries) {
  std::vector<ServerId> table(entries);
  std::set<std::uint64_t> free;
  for (std::uint64_t entry = 0; entry < entries; ++entry) free.insert(entry);
  for (std::size_t turn = 0; !free.empty(); ++turn) {
    const ServerId server = members[turn % members.size()].id;
    const std::uint64_t offset = point_of(server, 0) % entries;
    const std::uint64_t skip = point_of(server, 1) % (entries - 1) + 1;
    for (std::uint64_t number = 0; number < entries; ++number) {
      const std::uint64_t entry = (offset + number * skip) % entries;
      if (free.erase(entry) == 0) continue;
      table[entry] = server;
      break;
    }
  }
  return table;
}

TEST(Maglev, ServersTakeTurnsAtTheFirstFreeEntryOfTheirOrder) {
  for (const std::uint32_t entries : {7u, 13u, 101u}) {
    const MaglevTable placement(servers(5), entries);
    const auto table = maglev_by_definition(servers(5), entries);
    for (Point point = 0; point < entries; ++point) {
      EXPECT_EQ(placement.owner(point), table[point]);
      EXPECT_EQ(placement.owner(point + entries), table[point]);
    }
  }
}

TEST(Maglev, EntriesDifferByAtMostOneOrFollowTheWeights) {
  std::vector<Member> members = servers(4);
  const auto entries_of = [&](const MaglevTable& placement) {
    std::vector<int> entries(members.size());
    for (Point point = 0; point < 1009; ++point)
      ++entries[static_cast<std::size_t>(
          std::ranges::find(members, placement.owner(point), &Member::id) - members.begin())];
    return entries;
  };
  EXPECT_THAT(entries_of(MaglevTable(members, 1009)), ElementsAre(253, 252, 252, 252));
  members[2].weight = 3;  // 168 rounds of 6 entries, and one more
  EXPECT_THAT(entries_of(MaglevTable(members, 1009)), ElementsAre(169, 168, 504, 168));
}

TEST(Maglev, MovesFewKeysBetweenOldServers) {
  const std::vector<Member> members = servers(10);
  const Moved leaving =
      moved(MaglevTable(members), MaglevTable(without(members, 4)), members[4].id);
  EXPECT_GT(leaving.between_old, 0) << "it does not promise that none move";
  EXPECT_LT(leaving.between_old, 0.02 * kKeys);
  EXPECT_NEAR(leaving.all, 0.1 * kKeys, 0.02 * kKeys);
}

TEST(RingPlacement, IsTheRing) {
  const RingPlacement placement(servers(7), 20);
  const Ring ring(servers(7), 20);
  env::Random points(4);
  for (int i = 0; i < 500; ++i) {
    const Point point = points.next();
    ASSERT_EQ(placement.owner(point), ring.owner(point));
  }
}

}  // namespace
}  // namespace strata::hashing
