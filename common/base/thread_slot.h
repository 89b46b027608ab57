// A small number for each thread, for structures that give threads places of their own so that
// they do not meet on one cache line.
#pragma once

#include <atomic>
#include <cstddef>

namespace strata {

inline constexpr std::size_t kThreadSlots = 8;
inline constexpr std::size_t kCacheLine = 64;

// In [0, kThreadSlots): the slots are taken in turn, each one for the life of the thread.
inline std::size_t thread_slot() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kThreadSlots;
  return mine;
}

}  // namespace strata
