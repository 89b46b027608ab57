// Sets of points, against a plain set of small numbers.
#include "hashing/point_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bitset>

#include "env/random.h"

namespace strata::hashing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kSmall = 64;
using Bits = std::bitset<kSmall>;

PointSet set_of(const Bits& bits) {
  std::vector<PointRange> ranges;
  for (Point point = 0; point < kSmall; ++point)
    if (bits[point]) ranges.push_back({point, point});
  return PointSet(std::move(ranges));
}

Bits bits_of(const PointSet& set) {
  Bits bits;
  for (Point point = 0; point < kSmall; ++point) bits[point] = set.contains(point);
  return bits;
}

TEST(PointSet, JoinsRangesThatTouch) {
  EXPECT_THAT(PointSet({{10, 19}, {0, 4}, {5, 9}, {30, 30}}).ranges(),
              ElementsAre(PointRange{0, 19}, PointRange{30, 30}));
  EXPECT_THAT(PointSet({{0, kLastPoint}, {7, kLastPoint}}).ranges(), ElementsAre(PointRange{}));
}

TEST(PointSet, TheWholeCircleHasBothEnds) {
  const PointSet all = PointSet::all();
  EXPECT_TRUE(all.contains(0));
  EXPECT_TRUE(all.contains(kLastPoint));
  EXPECT_DOUBLE_EQ(all.share(), 1.0);
  EXPECT_THAT((all - all).ranges(), IsEmpty());
  EXPECT_THAT((all - PointSet({{0, 0}})).ranges(), ElementsAre(PointRange{1, kLastPoint}));
  EXPECT_THAT((all - PointSet({{kLastPoint, kLastPoint}})).ranges(),
              ElementsAre(PointRange{0, kLastPoint - 1}));
}

TEST(PointSet, DoesWhatSetsDo) {
  env::Random random(5);
  for (int round = 0; round < 2000; ++round) {
    // Long runs of bits, and single ones.
    const Bits a(random.next() & random.next());
    const Bits b(random.one_in(2) ? random.next() | random.next() : random.next());
    const PointSet in_a = set_of(a);
    const PointSet in_b = set_of(b);
    ASSERT_EQ(bits_of(in_a), a);
    ASSERT_EQ(bits_of(in_a | in_b), a | b);
    ASSERT_EQ(bits_of(in_a & in_b), a & b);
    ASSERT_EQ(bits_of(in_a - in_b), a & ~b);
    ASSERT_EQ(in_a.intersects(in_b), (a & b).any());
    ASSERT_EQ(in_a.includes(in_b), (b & ~a).none());
    for (const PointSet& set : {in_a | in_b, in_a & in_b, in_a - in_b}) set.check_invariants();
  }
}

}  // namespace
}  // namespace strata::hashing
