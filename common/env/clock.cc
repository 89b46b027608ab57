#include "env/clock.h"

#include <cmath>

namespace strata::env {

using std::chrono::duration_cast;

namespace {

constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

std::chrono::microseconds SystemClock::wall() const {
  return duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

std::chrono::nanoseconds SystemClock::steady() const {
  return duration_cast<std::chrono::nanoseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::chrono::microseconds SimulatedClock::wall() const {
  return duration_cast<std::chrono::microseconds>(steady()) +
         std::chrono::microseconds(set_forward_.load());
}

std::chrono::nanoseconds SimulatedClock::steady() const {
  return std::chrono::nanoseconds(now_.load());
}

// What it has gained shows in the date, too.
std::chrono::microseconds SkewedClock::wall() const {
  return base_.wall() + skew_ + duration_cast<std::chrono::microseconds>(steady() - base_.steady());
}

std::chrono::nanoseconds SkewedClock::steady() const {
  const std::chrono::nanoseconds passed = base_.steady() - base_then_;
  return time_then_ + passed + std::chrono::nanoseconds(passed.count() / kMillion * gain_) +
         std::chrono::nanoseconds(passed.count() % kMillion * gain_ / kMillion);
}

void SkewedClock::drift(std::int64_t microseconds_a_second) {
  time_then_ = steady();
  base_then_ = base_.steady();
  gain_ = microseconds_a_second;
}

std::chrono::nanoseconds SkewedClock::on_base(std::chrono::nanoseconds time) const {
  if (gain_ == 0) return time;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(
      static_cast<double>(time.count()) * kMillion / static_cast<double>(kMillion + gain_))));
}

}  // namespace strata::env
