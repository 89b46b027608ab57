// Bytes as a person, a terminal or a JSON reader can take them.
//
// Pure functions. What counts as readable: UTF-8 (RFC 3629: no overlong forms, no
// surrogates) without control characters (U+0000 to U+001F, U+007F to U+009F). A control
// character must never reach a terminal raw: it could move the cursor or retitle it.
#pragma once

#include <string>
#include <string_view>

namespace strata {

// The size in bytes of the readable character at the front of `text`; 0 if there is none.
// Requires: text is not empty.
std::size_t readable_size(std::string_view text);

// Readable text as it is, even if it starts with a quote or a space. Anything else in
// double quotes, each byte that is not readable as \xNN, a quote as \" and a backslash as
// \\, so that it can be pasted back into a command of the shell.
std::string printable(std::string_view bytes);

// A message in one line: what is not readable becomes \xNN. No quotes are added.
std::string one_line(std::string_view message);

// `text` as a JSON string, with its quotes. Control characters are escaped; bytes that are
// not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace strata
