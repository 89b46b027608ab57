// Makes a plan that breaks an invariant as small as it gets: without steps that do not matter, with
// the simplest settings, and with round times. Each try that is kept breaks the *same* invariant;
// so a search for one bug does not end at another.
//
// Pure, apart from what `run` does. Thread-safety: may be called from many threads.
#pragma once

#include <functional>

#include "sim/runner.h"

namespace strata::sim {

struct Shrunk {
  Plan plan;
  Outcome outcome;          // of that plan
  std::uint64_t tries = 0;  // worlds that were run for it
};

// `goes_on`: asked before each try; when it returns false, the smallest plan so far is the result.
// Requires: the outcome of `plan` has a breach.
Shrunk shrink(const Subject& subject, Plan plan, Outcome outcome,
              const std::function<bool()>& goes_on);

}  // namespace strata::sim
