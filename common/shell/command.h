// Splits a line of the shell into words. Pure functions: text in, words out; they may be called
// from many threads.
//
//   line   = spaces [ verb { spaces word } ]          spaces: blanks and tabs
//   word   = '"' { byte | escape } '"'                quoted: any bytes
//          | bytes without blanks and tabs            not quoted: used as typed
//   escape = \xNN | \n | \t | \\ | \"                  inside quotes only
//
// An empty line, or a line that starts with #, has no command. For a verb such as PUT, the last
// argument is not a word but the rest of the line, exactly as typed, with blanks at its end. If it
// starts with a quote, it is a quoted word, and nothing may follow it. An empty value is written as
// "".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace strata::shell {

// An argument without its quotes and escapes.
struct Word {
  std::string text;
  bool quoted = false;
  // True if its last character was typed as *, not as \x2a. SCAN then takes it for a prefix.
  bool wildcard = false;
};

using Arguments = std::vector<Word>;

// Views into `line`, which must outlive it.
struct Command {
  std::string_view line;
  std::string_view verb;  // as typed; empty if the line holds no command
  std::size_t arguments_at = 0;
};

Command split_command(std::string_view line);

// Errors: kInvalidArgument if a quote is never closed, if text touches a closing quote, or if an
// escape is unknown. The message has the column, counted from 1. `rest`: which argument, counted
// from 0, is the rest of the line. Without it, all are words.
Result<Arguments> parse_arguments(const Command& command, std::optional<std::size_t> rest = {});

}  // namespace strata::shell
