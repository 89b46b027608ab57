// A line of the shell, taken apart. Pure: text in, words out.
//
//   line   = spaces [ verb { spaces word } ]          spaces: blanks and tabs
//   word   = '"' { byte | escape } '"'                quoted: any bytes
//          | bytes without blanks and tabs            not quoted: taken as they are
//   escape = \xNN | \n | \t | \\ | \"                  inside quotes only
//
// A line that is empty or starts with # is no command. The last argument of a verb such
// as PUT is the rest of the line instead of a word: verbatim, blanks at its end included,
// unless it starts with a quote; then it is a quoted word and nothing may follow it.
// An empty value is written "".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace strata::shell {

// An argument, its quotes and escapes resolved.
struct Word {
  std::string text;
  bool quoted = false;
  // Its last character was typed as *, and not as \x2a: a prefix, to SCAN.
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

// kInvalidArgument for a quote that is never closed, text that touches a closing quote, or
// an unknown escape; the message names the column, counted from 1.
// `rest`: the number of the argument, counted from 0, that is the rest of the line; none: all are
// words.
Result<Arguments> parse_arguments(const Command& command, std::optional<std::size_t> rest = {});

}  // namespace strata::shell
