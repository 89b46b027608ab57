// The current time, as an interface, so that a test can control it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace strata::env {

// A moment on the steady clock. A deadline is one; max(): none.
using TimePoint = std::chrono::steady_clock::time_point;

// Thread-safety: all forms may be used by many threads.
class Clock {
 public:
  virtual ~Clock() = default;

  // The time since the Unix epoch. It may jump, also backwards. For showing to people, never for
  // measuring.
  virtual std::chrono::microseconds wall() const = 0;
  // A time that never goes back. Only the difference of two such times has a meaning.
  virtual std::chrono::nanoseconds steady() const = 0;
  TimePoint now() const { return TimePoint(steady()); }
};

class SystemClock final : public Clock {
 public:
  std::chrono::microseconds wall() const override;
  std::chrono::nanoseconds steady() const override;
};

// One object for the whole process; it has no state.
Clock& system_clock();

// Its time changes only when a test changes it.
class SimulatedClock final : public Clock {
 public:
  std::chrono::microseconds wall() const override;
  std::chrono::nanoseconds steady() const override;
  void advance(std::chrono::nanoseconds by) { now_.fetch_add(by.count()); }
  // Changes wall() only, as if somebody had set the date. No time passes.
  void set_forward(std::chrono::microseconds by) { set_forward_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> now_{0};
  std::atomic<std::int64_t> set_forward_{0};
};

// Another clock as a node of a simulated world sees it: its date may be wrong, and it may run too
// fast or too slowly. Lifetime: the other clock outlives it. Thread-safety: while one of the
// functions runs that change it, no other may.
class SkewedClock final : public Clock {
 public:
  explicit SkewedClock(const Clock& base) : base_(base) {}

  std::chrono::microseconds wall() const override;
  std::chrono::nanoseconds steady() const override;
  // As if somebody had set the date.
  void set_forward(std::chrono::microseconds by) { skew_ += by; }
  // From now on, it gains so many microseconds in a second. Requires: more than -1'000'000.
  void drift(std::int64_t microseconds_a_second);
  // How long the other clock takes until so much time has passed on this one.
  std::chrono::nanoseconds on_base(std::chrono::nanoseconds time) const;

 private:
  const Clock& base_;
  std::chrono::microseconds skew_{0};
  std::int64_t gain_ = 0;
  // When gain_ was last changed:
  std::chrono::nanoseconds base_then_{0};
  std::chrono::nanoseconds time_then_{0};
};

}  // namespace strata::env
