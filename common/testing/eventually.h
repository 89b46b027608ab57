// Waits for what another thread does, in a test.
#pragma once

#include <chrono>
#include <thread>

namespace strata::testing {

// Calls `holds` again and again until it returns true. Returns false after a time that is far more
// than a busy machine needs, and less than any test's limit: so a test that would wait for ever
// fails, and says where.
template <class Condition>
[[nodiscard]] bool eventually(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace strata::testing
