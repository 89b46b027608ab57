// Waits for what another thread does, in a test.
#pragma once

#include <ctime>
#include <thread>

#include "testing/sanitizers.h"

namespace strata::testing {

// Calls `holds` again and again until it returns true. Returns false when this process has used far
// more processor time than that should take: so a test that would wait for ever fails, and says
// where, before its own limit ends it. A busy machine only makes it wait longer.
template <class Condition>
[[nodiscard]] bool eventually(Condition holds) {
  constexpr std::clock_t kLongest = (kSanitized ? 60 : 15) * CLOCKS_PER_SEC;
  const std::clock_t begin = std::clock();
  while (!holds()) {
    if (std::clock() - begin > kLongest) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace strata::testing
