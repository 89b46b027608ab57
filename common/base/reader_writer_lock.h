// A reader-writer lock for critical sections of about a microsecond.
//
// std::shared_mutex makes all readers count themselves in one place, so two of them on two
// cores spend their time passing that place to and fro; and it sends whoever has to wait to
// sleep, though waking up costs fifty times what such a section takes. Here a reader counts
// in a slot that few other threads use; a writer asks every slot. Whoever waits looks again
// for a while, then lets others run, and naps only where a section is long. Nobody has to
// wake it, so no wake-up can be lost. A writer that waits keeps new readers out, so that it
// is not starved by them. (Known as a big-reader lock, or brlock.)
//
// A reader in its turn may wait long for writers that come one upon another, and while one
// reader stays long a writer that waits keeps the others out too: hence the microsecond.
//
// Has what std::shared_lock and std::unique_lock need, but for trying. Thread-safety: yes.
// Not recursive; a thread gives back what it took itself. Takes kThreadSlots cache lines.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "base/thread_slot.h"

namespace strata {

class ReaderWriterLock {
 public:
  void lock_shared() {
    std::atomic<std::uint32_t>& readers = my_slot().readers;
    for (unsigned tries = 0;; ++tries) {
      if (!writer_.load(std::memory_order_relaxed)) {
        // Both sides say that they are there first, and look for the other then. Such a
        // meeting needs the one order of all operations that the default gives.
        readers.fetch_add(1);
        if (!writer_.load()) return;
        readers.fetch_sub(1, std::memory_order_relaxed);
      }
      wait(tries);
    }
  }

  void unlock_shared() {
    // Release: the next writer does not overwrite what is still being read.
    my_slot().readers.fetch_sub(1, std::memory_order_release);
  }

  void lock() {
    for (unsigned tries = 0; writer_.exchange(true); ++tries) wait(tries);
    for (const Slot& slot : slots_)
      for (unsigned tries = 0; slot.readers.load() != 0; ++tries) wait(tries);
  }

  void unlock() { writer_.store(false, std::memory_order_release); }

 private:
  static constexpr unsigned kLooks = 64;    // a few hundred nanoseconds
  static constexpr unsigned kYields = 256;  // then let others run
  static constexpr std::chrono::microseconds kNap{50};

  struct alignas(kCacheLine) Slot {
    std::atomic<std::uint32_t> readers{0};
  };

  Slot& my_slot() { return slots_[thread_slot()]; }

  static void wait(unsigned tries) {
    if (tries < kLooks) return;
    if (tries < kLooks + kYields)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(kNap);
  }

  std::array<Slot, kThreadSlots> slots_;
  alignas(kCacheLine) std::atomic<bool> writer_{false};
};

}  // namespace strata
