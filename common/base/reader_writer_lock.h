// A reader-writer lock for critical sections of about a microsecond.
//
// std::shared_mutex sends whoever has to wait to sleep, and waking up costs fifty times
// what such a section takes. Here a waiter looks again for a while, then lets others run,
// and naps only where a section is long. Nobody has to wake it, so no wake-up can be lost.
// A writer that waits keeps new readers out, so that it is not starved by them.
//
// A SharedMutex as the standard defines it: use it with std::shared_lock and
// std::unique_lock. Thread-safety: yes. Not recursive.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace strata {

class ReaderWriterLock {
 public:
  void lock_shared() {
    for (unsigned tries = 0;; ++tries) {
      std::uint32_t state = state_.load(std::memory_order_relaxed);
      const bool free = (state & kWriter) == 0 && writers_waiting_.load() == 0;
      // Acquire: what the last writer wrote is seen.
      if (free && state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire,
                                               std::memory_order_relaxed))
        return;
      if (!free) wait(tries);
    }
  }

  void unlock_shared() {
    // Release: the next writer does not overwrite what is still being read.
    state_.fetch_sub(1, std::memory_order_release);
  }

  void lock() {
    writers_waiting_.fetch_add(1);
    for (unsigned tries = 0;; ++tries) {
      std::uint32_t state = 0;
      if (state_.compare_exchange_weak(state, kWriter, std::memory_order_acquire,
                                       std::memory_order_relaxed))
        break;
      if (state != 0) wait(tries);
    }
    writers_waiting_.fetch_sub(1);
  }

  void unlock() { state_.store(0, std::memory_order_release); }

 private:
  static constexpr std::uint32_t kWriter = 0x8000'0000;
  static constexpr unsigned kLooks = 64;    // a few hundred nanoseconds
  static constexpr unsigned kYields = 256;  // then let others run
  static constexpr std::chrono::microseconds kNap{50};

  static void wait(unsigned tries) {
    if (tries < kLooks) return;
    if (tries < kLooks + kYields)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(kNap);
  }

  std::atomic<std::uint32_t> state_{0};  // kWriter, or how many readers hold it
  std::atomic<std::uint32_t> writers_waiting_{0};
};

}  // namespace strata
