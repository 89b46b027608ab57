// How the shell's messages show text. For keys and values, use printable() in base/text.h.
//
// Pure functions; they may be called from many threads.
#pragma once

#include <string>
#include <string_view>

namespace strata::shell {

// The beginning of `bytes` in single quotes, for an error message: 'FOO'.
std::string excerpt(std::string_view bytes);

// Changes ASCII letters only.
std::string upper_case(std::string_view text);

}  // namespace strata::shell
