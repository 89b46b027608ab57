// Keeps peers from filling the log: of the lines about what they do wrong, only so many are written
// in a second. Private to the server.
//
// Thread-safety: admit() may be called from many threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "env/clock.h"

namespace strata::net {

class LogLimit {
 public:
  using TimePoint = env::TimePoint;
  static constexpr unsigned kLinesInASecond = 10;

  // Whether one more line may be written now, and how many were left out since the last one.
  // nullopt: leave it out.
  std::optional<std::uint64_t> admit(TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (now - began_ >= std::chrono::seconds(1)) {
      began_ = now;
      lines_ = 0;
    }
    if (lines_ == kLinesInASecond) {
      ++left_out_;
      return std::nullopt;
    }
    ++lines_;
    return std::exchange(left_out_, 0);
  }

 private:
  std::mutex mutex_;
  TimePoint began_{};           // guarded by mutex_; of the current second
  unsigned lines_ = 0;          // guarded by mutex_; written in it
  std::uint64_t left_out_ = 0;  // guarded by mutex_
};

}  // namespace strata::net
