// What the TAB key does. Pure functions; they may be called from many threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strata::shell {

struct Completion {
  std::size_t replace = 0;              // so many bytes before the cursor are replaced ...
  std::string text;                     // ... by this
  std::vector<std::string> candidates;  // shown if there is more than one
};

// Completes the name of a verb before the cursor, if the cursor is in the first word of the line or
// in the word after HELP. Elsewhere it returns no candidates.
Completion complete_verb(const std::vector<std::string>& names, std::string_view before_cursor);

}  // namespace strata::shell
