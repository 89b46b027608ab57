#include "checker/history.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "base/text.h"

namespace strata::checker {
namespace {

std::string shown(const Value& value) { return value ? printable(*value) : "nothing"; }

bool writes_a_key_twice(const Operation& operation) {
  std::set<std::string_view> keys;
  for (const Access& write : operation.written)
    if (!keys.insert(write.key).second) return true;
  return false;
}

Result<void> check_form(const Operation& operation) {
  if (operation.returned < operation.called)
    return invalid_argument("its answer is before its call");
  if (operation.called < 0) return invalid_argument("it has a time before 0");
  if (operation.seen.empty() && operation.refuted.empty() && operation.written.empty())
    return invalid_argument("it does nothing");
  if (writes_a_key_twice(operation)) return invalid_argument("it writes a key twice");
  if (!operation.is_known() && operation.written.empty())
    return invalid_argument("it has no answer, and would change nothing");
  if (!operation.refuted.empty() && !operation.written.empty())
    return invalid_argument("it was refused, and writes");
  return {};
}

}  // namespace

Result<void> check_form(const History& history) {
  for (std::size_t i = 0; i < history.size(); ++i)
    if (const auto checked = check_form(history[i]); !checked)
      return invalid_argument(
          fmt::format("operation {} of the history: {}", i, checked.error().message));
  return {};
}

History known_at(const History& history, Time time) {
  History known;
  for (const Operation& operation : history) {
    if (operation.called > time) continue;
    known.push_back(operation);
    if (operation.returned <= time) continue;
    known.back().returned = kNever;
    if (operation.written.empty()) known.pop_back();
  }
  return known;
}

std::string text_of(const Operation& operation) {
  std::string text = fmt::format("client {}", operation.client);
  for (const Access& seen : operation.seen)
    text += operation.written.empty()
                ? fmt::format(" GET {}: {}", printable(seen.key), shown(seen.value))
                : fmt::format(" if {} is {}", printable(seen.key), shown(seen.value));
  for (const Access& refuted : operation.refuted)
    text += fmt::format(" refused: {} is not {}", printable(refuted.key), shown(refuted.value));
  for (const Access& written : operation.written)
    text += written.value
                ? fmt::format(" PUT {} {}", printable(written.key), printable(*written.value))
                : fmt::format(" DELETE {}", printable(written.key));
  text += fmt::format(", from {}", operation.called);
  return operation.is_known() ? text + fmt::format(" to {}", operation.returned)
                              : text + ", without an answer";
}

}  // namespace strata::checker
