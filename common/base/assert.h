// Assertions that stay on in every build. They are for mistakes of the programmer;
// bytes from a disk or a wire are never asserted, they are checked and reported.
#pragma once

#include <source_location>

namespace strata {

// Prints the expression and its place to standard error, then aborts.
[[noreturn]] void assertion_failed(const char* expression,
                                   std::source_location where = std::source_location::current());

}  // namespace strata

#define STRATA_ASSERT(condition) \
  (static_cast<bool>(condition) ? void() : ::strata::assertion_failed(#condition))
