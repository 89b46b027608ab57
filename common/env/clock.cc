#include "env/clock.h"

namespace strata::env {

using std::chrono::duration_cast;

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

std::chrono::microseconds SkewedClock::wall() const {
  return base_.wall() + std::chrono::microseconds(skew_.load());
}

}  // namespace strata::env
