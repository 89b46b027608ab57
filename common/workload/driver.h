// All of strata-load, from its arguments to its exit status. The streams and the peers are passed
// in, so that a test can run it.
#pragma once

#include <ostream>
#include <vector>

#include "workload/target.h"

namespace strata::workload {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;   // a store failed, or returned a wrong value
inline constexpr int kMisused = 2;  // the command line is wrong; nothing was run

// Runs the rounds. In each round, every store in turn runs all workloads, in a new directory of its
// own. Results go to `out`; errors (one line each) and progress go to `err`.
int run_driver(int argc, const char* const* argv, std::vector<Target> peers, std::ostream& out,
               std::ostream& err);

}  // namespace strata::workload
