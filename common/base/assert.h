// Assertions that stay on in every build. They are for mistakes of the programmer only. Bytes from
// a disk or a connection are never asserted: they are checked, and an error is reported.
//
// May be called from any thread.
#pragma once

#include <source_location>

namespace strata {

// Prints the expression and its place in the source to standard error, then ends the process.
[[noreturn]] void assertion_failed(const char* expression,
                                   std::source_location where = std::source_location::current());

}  // namespace strata

#define STRATA_ASSERT(condition) \
  (static_cast<bool>(condition) ? void() : ::strata::assertion_failed(#condition))
