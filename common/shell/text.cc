#include "shell/text.h"

#include <fmt/format.h>

#include "base/text.h"

namespace strata::shell {
namespace {

constexpr std::size_t kExcerptSize = 40;

}  // namespace

std::string excerpt(std::string_view bytes) {
  const bool cut = bytes.size() > kExcerptSize;
  return fmt::format("'{}{}'", one_line(bytes.substr(0, kExcerptSize)), cut ? "..." : "");
}

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

}  // namespace strata::shell
