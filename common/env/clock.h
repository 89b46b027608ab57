// Time comes in through here, so that a test can hold it still.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace strata::env {

// Thread-safety: all forms may be used by many threads.
class Clock {
 public:
  virtual ~Clock() = default;

  // Since the Unix epoch. May jump, backwards too: for people, never for measuring.
  virtual std::chrono::microseconds wall() const = 0;
  // Never goes back; only differences mean something.
  virtual std::chrono::nanoseconds steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::chrono::microseconds wall() const override;
  std::chrono::nanoseconds steady() const override;
};

// Shared, stateless.
Clock& system_clock();

// Stands still until it is told to move.
class SimulatedClock final : public Clock {
 public:
  std::chrono::microseconds wall() const override;
  std::chrono::nanoseconds steady() const override;
  void advance(std::chrono::nanoseconds by) { now_.fetch_add(by.count()); }
  // As if somebody set the date: no time passes.
  void set_forward(std::chrono::microseconds by) { set_forward_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> now_{0};
  std::atomic<std::int64_t> set_forward_{0};
};

}  // namespace strata::env
