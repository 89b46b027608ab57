// Task 3.8: writers are slowed before they are stopped.
#include "compaction/level_throttle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::compaction {
namespace {

using std::chrono::microseconds;
using ::testing::HasSubstr;

constexpr auto kStop = lsm::WriteThrottle::kStop;

TEST(Throttle, LetsWritersGoUpToWhereItBegins) {
  for (const std::uint64_t level : {0u, 5u, 12u})
    EXPECT_EQ(delay_at(level, 12, 24, microseconds(1200)), microseconds(0)) << level;
}

TEST(Throttle, GrowsEvenlyUpToTheStop) {
  EXPECT_EQ(delay_at(13, 12, 24, microseconds(1200)), microseconds(100));
  EXPECT_EQ(delay_at(18, 12, 24, microseconds(1200)), microseconds(600));
  EXPECT_EQ(delay_at(23, 12, 24, microseconds(1200)), microseconds(1100));
}

TEST(Throttle, StopsWhereItEndsAndBehind) {
  EXPECT_EQ(delay_at(24, 12, 24, microseconds(1200)), kStop);
  EXPECT_EQ(delay_at(1000, 12, 24, microseconds(1200)), kStop);
}

TEST(Throttle, HoldsInAllOfTheRangeOfItsNumbers) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  EXPECT_EQ(delay_at(kMost / 2, 0, kMost, microseconds(1000)), microseconds(500));
  EXPECT_EQ(delay_at(kMost, 0, kMost, microseconds(1000)), kStop);
}

// A version with so many tables in level 0, and a policy with a debt of so many bytes.
class Owing final : public CompactionPolicy {
 public:
  explicit Owing(std::uint64_t debt) : debt_(debt) {}
  std::string_view name() const override { return "owing"; }
  std::optional<CompactionPlan> pick(const lsm::Version&) const override { return std::nullopt; }
  std::uint64_t debt(const lsm::Version&) const override { return debt_; }

 private:
  const std::uint64_t debt_;
};

LevelThrottle throttle(std::uint64_t debt) {
  return {std::make_shared<const Owing>(debt), ThrottleOptions{.slow_tables = 4,
                                                               .stop_tables = 8,
                                                               .slow_debt = 100,
                                                               .stop_debt = 200,
                                                               .max_delay = microseconds(1000)}};
}

lsm::Version with_tables(std::size_t count) {
  lsm::Version version;
  version.levels[0].resize(count);
  return version;
}

TEST(Throttle, WhatIsWorseDecides) {
  EXPECT_EQ(throttle(0).delay(with_tables(4)), microseconds(0));
  EXPECT_EQ(throttle(150).delay(with_tables(4)), microseconds(500));
  EXPECT_EQ(throttle(110).delay(with_tables(7)), microseconds(750));
  EXPECT_EQ(throttle(0).delay(with_tables(8)), kStop);
  EXPECT_EQ(throttle(200).delay(with_tables(0)), kStop);
}

TEST(Throttle, SaysWhy) {
  const auto pressure = [](const LevelThrottle& throttle, std::size_t tables) {
    return throttle.stats(with_tables(tables)).front().text();
  };
  EXPECT_EQ(pressure(throttle(0), 4), "none");
  EXPECT_THAT(pressure(throttle(0), 5), HasSubstr("slowed: level 0 has 5 tables"));
  EXPECT_THAT(pressure(throttle(300), 0), HasSubstr("stopped: level 0 has 0 tables, 300 bytes"));
}

}  // namespace
}  // namespace strata::compaction
