// A small number for each thread. Some data structures give each number a cache line of its own, so
// that threads on different cores rarely write to the same one.
//
// Thread-safety: may be called from any thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace strata {

inline constexpr std::size_t kThreadSlots = 8;
inline constexpr std::size_t kCacheLine = 64;

// The calling thread's slot, in [0, kThreadSlots). Slots are given out in turn, and a thread keeps
// its slot. If there are more threads than slots, some share one.
inline std::size_t thread_slot() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kThreadSlots;
  return mine;
}

}  // namespace strata
