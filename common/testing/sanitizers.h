// Whether this program runs under a sanitizer, where all takes about ten times as long: tests
// that repeat something do it less often then.
#pragma once

namespace strata::testing {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace strata::testing
