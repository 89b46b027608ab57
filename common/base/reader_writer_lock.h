// A reader-writer lock for critical sections of about a microsecond.
//
// std::shared_mutex has two costs for such short sections. All readers change one counter, so its
// cache line travels between their cores. And a thread that must wait is put to sleep, although
// waking up takes fifty times as long as the section.
//
// Here each reader counts itself in a slot that few other threads use. A writer checks every slot.
// A thread that must wait first tries again for a while, then yields the processor, and sleeps only
// if that takes long. No thread has to wake another one, so no wake-up can be lost. While a writer
// waits, new readers do not enter, so readers cannot starve it. (This is known as a big-reader
// lock, or brlock.)
//
// Two limits: if writers come one after another, a reader may wait long; and while a writer waits
// for one slow reader, all other readers wait too. So sections must stay short.
//
// It works with std::shared_lock and std::unique_lock, except for their try functions. Not
// recursive. The thread that took the lock must release it. It takes kThreadSlots cache lines of
// memory.
// Thread-safety: every function may be called from many threads at once.
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
        // The reader first announces itself and then looks for a writer; the writer does the same
        // the other way round. This is correct only if all threads see these operations in one
        // order, which the default memory order guarantees.
        readers.fetch_add(1);
        if (!writer_.load()) return;
        readers.fetch_sub(1, std::memory_order_relaxed);
      }
      wait(tries);
    }
  }

  void unlock_shared() {
    // Release: this thread's reads are finished before the next writer begins.
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
  static constexpr unsigned kYields = 256;  // then yields the processor
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
