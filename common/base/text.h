// Turns arbitrary bytes into text for a person, a terminal or JSON.
//
// Readable text is UTF-8 (RFC 3629: no overlong forms, no surrogates) without control characters
// (U+0000 to U+001F, U+007F to U+009F) and without byte order marks (U+FEFF), which nobody sees. A
// control character must never reach a terminal as it is: it could move the cursor or change the
// window's title.
//
// Pure functions; they may be called from many threads.
#pragma once

#include <string>
#include <string_view>

namespace strata {

// The size in bytes of the readable character at the front of `text`; 0 if it does not begin with
// one.
// Requires: text is not empty.
std::size_t readable_size(std::string_view text);

// Readable text is returned unchanged, unless it begins with a quote or a space. Anything else is
// put in double quotes: each byte that is not readable becomes \xNN, and a backslash goes before a
// quote and before a backslash. So different bytes give different texts, and what is not empty can
// be pasted back as a value into a command of the shell.
std::string printable(std::string_view bytes);

// A message as one line: each byte that is not readable becomes \xNN. No quotes are added.
std::string one_line(std::string_view message);

// `text` as a JSON string, in quotes. Control characters are escaped. Bytes that are not UTF-8
// become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace strata
