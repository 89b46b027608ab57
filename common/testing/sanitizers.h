// Whether this program was compiled with a sanitizer. Then everything takes about ten times as
// long, so tests repeat things less often.
#pragma once

namespace strata::testing {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace strata::testing
