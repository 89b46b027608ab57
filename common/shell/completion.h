// What the TAB key does. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strata::shell {

struct Completion {
  std::size_t replace = 0;              // so many bytes before the cursor ...
  std::string text;                     // ... become this
  std::vector<std::string> candidates;  // to be shown, if there is more than one
};

// Completes the name of a verb in the text before the cursor: the first word of a line, or
// the word behind HELP. Elsewhere it answers no candidates.
Completion complete_verb(const std::vector<std::string>& names, std::string_view before_cursor);

}  // namespace strata::shell
