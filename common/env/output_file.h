// Files that a program writes for people: a trace, a capture.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace strata::env {

// A mistyped name must not cost somebody a file. kConflict if there is a file that begins with
// other bytes than `start`, as no earlier output of this kind does. An empty file may be replaced,
// and what is no file, such as a pipe, is written to.
Result<void> check_output(const std::string& file, std::string_view start);

}  // namespace strata::env
