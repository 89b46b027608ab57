#include "shell/completion.h"

#include <algorithm>

#include "shell/text.h"

namespace strata::shell {
namespace {

std::string_view without_leading_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// The word that is being typed, if a verb's name may stand there.
std::string_view verb_prefix(std::string_view text, bool& found) {
  text = without_leading_blanks(text);
  const std::size_t blank = text.find_first_of(" \t");
  if (blank != text.npos) {
    const bool help = upper_case(text.substr(0, blank)) == "HELP";
    text = without_leading_blanks(text.substr(blank));
    found = help && text.find_first_of(" \t") == text.npos;
  } else {
    found = true;
  }
  return text;
}

std::string common_start(const std::vector<std::string>& words) {
  std::string_view start = words.front();
  for (const std::string& word : words) {
    const auto differs = std::ranges::mismatch(start, word).in1;
    start = start.substr(0, static_cast<std::size_t>(differs - start.begin()));
  }
  return std::string(start);
}

}  // namespace

Completion complete_verb(const std::vector<std::string>& names, std::string_view before_cursor) {
  bool found = false;
  const std::string_view typed = verb_prefix(before_cursor, found);
  if (!found) return {};
  Completion completion{.replace = typed.size(), .text = {}, .candidates = {}};
  for (const std::string& name : names)
    if (name.starts_with(upper_case(typed))) completion.candidates.push_back(name);
  if (completion.candidates.size() == 1)
    completion.text = completion.candidates.front() + " ";
  else if (!completion.candidates.empty())
    completion.text = common_start(completion.candidates);
  return completion;
}

}  // namespace strata::shell
