#include "workload/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "env/random.h"

namespace strata::workload {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(99), nanoseconds(0));
  EXPECT_EQ(histogram.mean(), nanoseconds(0));
  histogram.for_each_power_of_two([](auto, auto) { FAIL(); });
}

TEST(Histogram, KeepsSmallValuesExactly) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.record(nanoseconds(i));
  EXPECT_EQ(histogram.percentile(50), nanoseconds(50));
  EXPECT_EQ(histogram.percentile(99), nanoseconds(99));
  EXPECT_EQ(histogram.percentile(100), nanoseconds(100));
}

TEST(Histogram, PercentilesAreAtMostAHundredthAndAHalfAboveTheExactOnes) {
  env::Random random(7);
  Histogram histogram;
  std::vector<std::int64_t> exact;
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<std::int64_t>(random.next() >> (24 + random.below(40)));
    exact.push_back(value);
    histogram.record(nanoseconds(value));
  }
  std::ranges::sort(exact);
  for (const double percent : {1.0, 50.0, 95.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<std::size_t>(percent / 100 * 100'000) - 1;
    const auto found = histogram.percentile(percent).count();
    EXPECT_GE(found, exact[rank]) << percent;
    EXPECT_LE(static_cast<double>(found), static_cast<double>(exact[rank]) * (1 + 1.0 / 64) + 1);
  }
  EXPECT_EQ(histogram.max().count(), exact.back());
}

TEST(Histogram, TakesTheLargestValueThereIs) {
  Histogram histogram;
  histogram.record(nanoseconds::max());
  EXPECT_EQ(histogram.percentile(50), nanoseconds::max());
}

TEST(Histogram, MergedIsAsIfOneHadRecordedAll) {
  Histogram one;
  Histogram two;
  Histogram all;
  for (int i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? one : two).record(nanoseconds(i * i));
    all.record(nanoseconds(i * i));
  }
  one.merge(two);
  EXPECT_EQ(one.count(), all.count());
  EXPECT_EQ(one.max(), all.max());
  EXPECT_EQ(one.mean(), all.mean());
  for (const double percent : {10.0, 50.0, 99.0})
    EXPECT_EQ(one.percentile(percent), all.percentile(percent));
}

TEST(Histogram, VisitsPowersOfTwoAndLosesNothing) {
  Histogram histogram;
  for (const int value : {0, 1, 5, 6, 7, 1000}) histogram.record(nanoseconds(value));
  std::uint64_t sum = 0;
  histogram.for_each_power_of_two([&](nanoseconds from, std::uint64_t count) {
    if (from == nanoseconds(4)) {
      EXPECT_EQ(count, 3U);
    }
    sum += count;
  });
  EXPECT_EQ(sum, 6U);
}

}  // namespace
}  // namespace strata::workload
