#include "env/clock.h"

#include <gtest/gtest.h>

namespace strata::env {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, CountsFromTheUnixEpochAndNeverBack) {
  Clock& clock = system_clock();
  EXPECT_GT(clock.wall(), 1'600'000'000s);  // 2020
  const auto first = clock.steady();
  EXPECT_GE(clock.steady(), first);
}

TEST(SimulatedClock, StandsStillUntilItIsMoved) {
  SimulatedClock clock;
  EXPECT_EQ(clock.steady(), 0ns);
  EXPECT_EQ(clock.steady(), 0ns);
  clock.advance(1500ns);
  EXPECT_EQ(clock.steady(), 1500ns);
  EXPECT_EQ(clock.wall(), 1us);
  clock.advance(1s);
  EXPECT_EQ(clock.wall(), 1'000'001us);
}

TEST(SkewedClock, HasAnotherDateAndTheSameTime) {
  SimulatedClock base;
  SkewedClock clock(base);
  clock.set_forward(-1s);
  base.advance(3s);
  EXPECT_EQ(clock.wall(), 2s);
  EXPECT_EQ(base.wall(), 3s);
  EXPECT_EQ(clock.now(), base.now());
}

TEST(SkewedClock, RunsAtAPaceOfItsOwn) {
  SimulatedClock base;
  SkewedClock clock(base);
  base.advance(10s);
  clock.drift(100'000);  // a tenth faster
  EXPECT_EQ(clock.steady(), 10s) << "it does not jump";
  base.advance(10s);
  EXPECT_EQ(clock.steady(), 21s);
  EXPECT_EQ(clock.wall(), 21s);
  EXPECT_EQ(clock.on_base(11s), 10s);
  clock.drift(-500'000);  // half as fast
  base.advance(2s);
  EXPECT_EQ(clock.steady(), 22s);
  EXPECT_EQ(clock.on_base(1s), 2s);
  clock.drift(0);
  base.advance(1h);
  EXPECT_EQ(clock.steady(), 1h + 22s);
}

}  // namespace
}  // namespace strata::env
