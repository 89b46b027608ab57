#include "env/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <set>

namespace strata::env {
namespace {

static_assert(std::uniform_random_bit_generator<Random>);

// The first numbers of SplitMix64, as its authors' reference implementation gives them.
TEST(Random, IsTheKnownSequenceOfItsSeed) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
  EXPECT_EQ(Random(0).next(), 0xe220a8397b1dcdafu);
}

TEST(Random, BelowStaysInItsRangeAndReachesAllOfIt) {
  Random random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 7000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.below(1), 0u);
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(most), most);
}

TEST(Random, AFractionIsAtLeastZeroAndLessThanOne) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = random.fraction();
    ASSERT_GE(fraction, 0.0);
    ASSERT_LT(fraction, 1.0);
    sum += fraction;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(Random, OneInNIsAboutThat) {
  Random random(3);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += random.one_in(10);
  EXPECT_NEAR(hits, 1000, 150);
  EXPECT_TRUE(random.one_in(1));
}

TEST(Random, EachLabelHasAGeneratorOfItsOwn) {
  Random whole(5);
  Random one = whole.split(1);
  Random same = whole.split(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t number = one.next();
    EXPECT_EQ(number, same.next());
    seen.insert(number);
    seen.insert(whole.next());
  }
  for (std::uint64_t label = 2; label < 100; ++label) seen.insert(Random(5).split(label).next());
  EXPECT_EQ(seen.size(), 298u);
}

TEST(Entropy, OfTheSystemNeverComesAgain) {
  EXPECT_NE(system_entropy().bits(), system_entropy().bits());
}

TEST(Entropy, OfASeedIsAlwaysTheSame) {
  SeededEntropy one(7);
  SeededEntropy same(7);
  SeededEntropy other(8);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t bits = one.bits();
    EXPECT_EQ(bits, same.bits());
    seen.insert(bits);
    seen.insert(other.nonzero_bits());
  }
  EXPECT_EQ(seen.size(), 2000u);
}

TEST(Random, ShufflesWithTheStandardLibrary) {
  std::array<int, 10> numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  auto shuffled = numbers;
  std::ranges::shuffle(shuffled, Random(4));
  EXPECT_NE(shuffled, numbers);
  EXPECT_TRUE(std::ranges::is_permutation(shuffled, numbers));
}

}  // namespace
}  // namespace strata::env
