// Decides whether a history could have happened if every operation took effect at one moment
// between its call and its answer.
//
// Each part (part.h) is judged on its own: by zones if it has one key and no value was written
// twice, in n log n; otherwise, or if that leaves it open, by a search within a budget. An
// operation of unknown outcome may have taken effect at any time after its call, or never.
//
// Pure. Thread-safety: may be called from many threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/history.h"
#include "checker/search.h"

namespace strata::checker {

struct Budget {
  std::uint64_t states = 1'000'000;  // that a search of one part may visit
};

struct Judgement {
  Verdict verdict = Verdict::kLinearizable;
  // If the verdict is kNot: operations that cannot be put in order whatever the others did, as
  // places in the history, in the order of their calls; as few as smallest_part() finds. And why,
  // in words, with a line for each.
  std::vector<std::size_t> culprits = {};
  std::string why = {};
  // How many parts were judged by which method.
  std::uint64_t by_zones = 0;
  std::uint64_t by_search = 0;
  std::uint64_t most_states = 0;  // that a search has visited
};

// The first part that is not linearizable decides. kInconclusive: no part is known not to be
// linearizable, and a search was ended by its budget; a test takes that for a failure.
// Requires: check_form(history) succeeds.
Judgement judge(const History& history, const Budget& budget = {});

}  // namespace strata::checker
