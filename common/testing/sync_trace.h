// Checks with strace that a stage's shell answers OK only after the sync.
#pragma once

#include <string>

#include "env/file_system.h"

namespace strata::testing {

// Runs `program` on the directory `data` and pipes writes into it. Fails the running test if a
// reply is written before the fdatasync that covers it has returned. Skips the test if strace does
// not work here.
void expect_answers_after_syncs(const std::string& program, const env::Path& data);

}  // namespace strata::testing
