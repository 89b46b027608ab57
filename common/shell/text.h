// Text as the shell's own messages show it. Keys and values: base/text.h, printable().
//
// Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace strata::shell {

// The start of what somebody typed, in single quotes, for an error message: 'FOO'.
std::string excerpt(std::string_view bytes);

// ASCII letters only; the rest is left alone.
std::string upper_case(std::string_view text);

}  // namespace strata::shell
