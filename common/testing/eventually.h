// Waits for what another thread does, in a test.
#pragma once

#include <chrono>
#include <thread>

namespace strata::testing {

// Calls `holds` again and again until it returns true. Returns false if that takes longer than a
// busy machine would need, so that a test that would wait for ever fails instead.
template <class Condition>
[[nodiscard]] bool eventually(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace strata::testing
