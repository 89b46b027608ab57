// Runs a world from its plan to its end, and says what became of it.
//
//   steps at their times  ->  all faults end  ->  everybody gets what he asked for  ->  judged
//
// Pure: no time, no entropy. Thread-safety: may be called from many threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/subject.h"

namespace strata::sim {

struct Breach {
  std::string invariant;
  std::string what;
  Moment at;
};

struct Outcome {
  std::optional<Breach> breach;
  std::uint64_t fingerprint = 0;
  std::uint64_t events = 0;
  Moment end{0};  // on the clock of the world
  Probes probes = {};
};

// The name of what is broken if something throws what it should not.
inline constexpr std::string_view kNoException = "no exception";

// Requires: `plan` is complete(). Throws only NotWritten.
Outcome run(const Subject& subject, const Plan& plan);
// `observer` sees it. The outcome is the same.
Outcome run(const Subject& subject, const Plan& plan, Observer& observer);

}  // namespace strata::sim
