// SCAN: entries in key order.
#include <fmt/format.h>

#include <charconv>
#include <span>

#include "base/text.h"
#include "shell/session.h"
#include "shell/text.h"

namespace strata::shell {
namespace {

constexpr std::string_view kUsage = "SCAN [<from> [<to>] | <prefix>*] [REVERSE] [LIMIT <n>]";

Error usage_error() { return invalid_argument(fmt::format("usage: {}", kUsage)); }

// A key that has the name of an option must be typed in quotes.
bool is_option(const Word& word, std::string_view name) {
  return !word.quoted && upper_case(word.text) == name;
}

bool is_any_option(const Word& word) {
  return is_option(word, "REVERSE") || is_option(word, "LIMIT");
}

Result<KeyRange> parse_range(std::span<const Word> words) {
  if (words.empty()) return KeyRange::all();
  if (words.size() == 1 && words[0].wildcard) {
    const std::string_view text = words[0].text;
    return KeyRange::prefix(text.substr(0, text.size() - 1));
  }
  if (words.size() > 2) return usage_error();
  KeyRange range{.from = words[0].text, .to = {}};
  if (words.size() == 2) range.to = words[1].text;
  return range;
}

Result<std::uint64_t> parse_limit(std::string_view text) {
  std::uint64_t limit = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, limit);
  if (text.empty() || error != std::errc{} || stop != end)
    return invalid_argument(
        fmt::format("LIMIT takes a whole number from 0 to 2^64-1, not {}", excerpt(text)));
  return limit;
}

Result<ScanOptions> parse_scan(const Arguments& words) {
  std::size_t at = 0;
  while (at < words.size() && !is_any_option(words[at])) ++at;
  STRATA_TRY(KeyRange range, parse_range(std::span(words).first(at)));
  ScanOptions options{.range = std::move(range), .snapshot = nullptr};
  for (; at < words.size(); ++at) {
    if (is_option(words[at], "REVERSE")) {
      options.reverse = true;
    } else if (is_option(words[at], "LIMIT") && at + 1 < words.size()) {
      STRATA_TRY(options.limit, parse_limit(words[++at].text));
    } else {
      return usage_error();
    }
  }
  return options;
}

// Prints one line for each entry, then the count. Only one entry is in memory at a time. After an
// error, the entries before it have been printed, but no count.
Result<void> print_scan(Session& session, const Arguments& words, Output& out) {
  STRATA_TRY(const ScanOptions options, parse_scan(words));
  STRATA_TRY(const auto cursor, session.store.scan(options));
  std::uint64_t count = 0;
  while (!out.failed()) {
    STRATA_TRY(const auto entry, cursor->next());
    if (!entry) break;
    out.line(fmt::format("{}\t{}", printable(entry->key), printable(entry->value)));
    ++count;
  }
  out.line(fmt::format("({} {})", count, count == 1 ? "key" : "keys"));
  return {};
}

}  // namespace

Verb scan_verb(Session& session) {
  return {.name = "SCAN",
          .usage = std::string(kUsage),
          .help = "prints the entries from <from> up to, not including, <to>; SCAN * prints all",
          .max_arguments = 5,  // from, to, REVERSE, LIMIT, n
          .run = [&session](const Arguments& words, Output& out) {
            return print_scan(session, words, out);
          }};
}

}  // namespace strata::shell
