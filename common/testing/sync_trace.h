// Watches a stage's shell by strace: what OK means.
#pragma once

#include <string>

#include "env/file_system.h"

namespace strata::testing {

// Pipes writes into `program` on the directory `data`. Fails the running test if a reply leaves
// before the fdatasync that covers it has returned; skips it where strace cannot be had.
void expect_answers_after_syncs(const std::string& program, const env::Path& data);

}  // namespace strata::testing
