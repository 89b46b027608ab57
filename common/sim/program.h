// The program of a subject: runs the worlds of seeds, or one script, and says what was broken and
// what was covered. `./strata sim N` runs that of week N.
//
// Thread-safety: for main().
#pragma once

#include <string>

#include "sim/subject.h"

namespace strata::sim {

// Returns the exit status: 0, 1 if something was broken, 2 for a wrong command line or script.
int run_program(int argc, char** argv, const std::string& name, const Subject& subject);

}  // namespace strata::sim
