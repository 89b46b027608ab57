// When the next piece of a worker's work is due (worker.h).
//
// Thread-safety: every function may be called from many threads at once.
#pragma once

#include <atomic>
#include <chrono>

#include "env/worker.h"

namespace strata::env {

class DueTime {
 public:
  TimePoint get() const { return due_; }  // max(): no piece is due before it is asked for
  bool has_come(TimePoint now) const { return due_.load() <= now; }

  void set_at_once() { due_ = TimePoint::min(); }
  // For who begins the piece that is due.
  void clear() { due_ = TimePoint::max(); }
  // Due `delay` from now, as a step says it, if it is not due earlier.
  void add(std::chrono::nanoseconds delay, TimePoint now) {
    if (delay == Worker::kWhenWoken) return;
    const TimePoint due = delay == Worker::kAtOnce ? TimePoint::min() : now + delay;
    for (TimePoint before = due_; due < before && !due_.compare_exchange_weak(before, due);) {
    }
  }

 private:
  std::atomic<TimePoint> due_{TimePoint::max()};
};

}  // namespace strata::env
