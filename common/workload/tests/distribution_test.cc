#include "workload/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace strata::workload {
namespace {

constexpr int kDraws = 400'000;

TEST(Zeta, IsTheSumThatItStandsFor) {
  for (const double theta : {0.5, 0.99}) {
    for (const std::uint64_t n : {1U, 2U, 1000U, 1001U, 50'000U}) {
      double sum = 0;
      for (std::uint64_t i = n; i > 0; --i) sum += std::pow(static_cast<double>(i), -theta);
      EXPECT_NEAR(zeta(n, theta), sum, sum * 1e-11) << n;
    }
  }
}

// The constant that YCSB has in its source (ScrambledZipfianGenerator.ZETAN).
TEST(Zeta, AgreesWithYcsbOnTenThousandMillionItems) {
  EXPECT_NEAR(zeta(10'000'000'000, kYcsbTheta), 26.46902820178302, 1e-6);
}

TEST(Zipfian, DrawsItemsAsOftenAsTheorySays) {
  const std::uint64_t items = 1000;
  const Zipfian zipfian(items);
  env::Random random(3);
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < kDraws; ++i) ++seen[zipfian.next(random)];
  EXPECT_LT(seen.rbegin()->first, items);
  const double total = zeta(items, kYcsbTheta);
  // The two most popular ranks are exact in Gray's method.
  for (const std::uint64_t rank : {0U, 1U}) {
    const double expected = kDraws / (std::pow(static_cast<double>(rank + 1), kYcsbTheta) * total);
    EXPECT_NEAR(seen[rank], expected, 5 * std::sqrt(expected)) << rank;
  }
  // The rest is an approximation; sums over ranks come close.
  for (const std::uint64_t below : {10U, 100U, 500U}) {
    int drawn = 0;
    for (std::uint64_t rank = 0; rank < below; ++rank) drawn += seen[rank];
    EXPECT_NEAR(drawn, kDraws * zeta(below, kYcsbTheta) / total, kDraws * 0.03) << below;
  }
}

TEST(Zipfian, WorksWithOneItemAndWithTwo) {
  env::Random random(3);
  for (const std::uint64_t items : {1U, 2U, 3U}) {
    const Zipfian zipfian(items);
    for (int i = 0; i < 1000; ++i) ASSERT_LT(zipfian.next(random), items);
  }
}

TEST(ScrambledZipfian, StrewsThePopularItemsOverTheRange) {
  const std::uint64_t items = 10'000;
  const ScrambledZipfian zipfian(items);
  env::Random random(3);
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < kDraws; ++i) ++seen[zipfian.next(random)];
  // The most popular rank has a share of 1 / zeta(ten thousand million).
  const double expected = kDraws / 26.469;
  EXPECT_NEAR(seen[fnv64(0) % items], expected, expected * 0.05);
  int upper_half = 0;
  for (const auto& [item, count] : seen) upper_half += item >= items / 2 ? 1 : 0;
  EXPECT_NEAR(upper_half / static_cast<double>(seen.size()), 0.5, 0.05);
}

TEST(Latest, PrefersTheNewestAndFollowsThemAsTheyGrow) {
  Latest latest(100);
  env::Random random(3);
  for (const std::uint64_t items : {100U, 150U, 1000U}) {
    int newest = 0;
    for (int i = 0; i < 10'000; ++i) {
      const std::uint64_t item = latest.next(random, items);
      ASSERT_LT(item, items);
      newest += item == items - 1;
    }
    EXPECT_NEAR(newest, 10'000 / zeta(items, kYcsbTheta), 250);
  }
}

}  // namespace
}  // namespace strata::workload
