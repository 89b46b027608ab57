// A table of figures, and its three forms: aligned text for people, CSV for spreadsheets and plots,
// JSON for programs.
//
// Thread-safety: plain data and pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace strata::hashing {

struct Column {
  std::string name;  // with the unit: "moved %". No comma.
  bool is_number = true;
};

// Invariant: each row has a cell for each column. A cell has no comma; in a column of numbers it is
// one in decimal digits.
struct Table {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows = {};
  // The text form draws the numbers of this column as bars: how far each is above `bars_from`.
  std::optional<std::size_t> bar_column = {};
  double bars_from = 0;
  std::string note = {};  // what a reader should know; in the text form only
};

enum class Format { kText, kCsv, kJson };
// "text", "csv" or "json".
Result<Format> parse_format(std::string_view word);

std::string to_text(const Table& table);
std::string to_csv(const Table& table);
std::string to_json(const Table& table);
std::string formatted(const Table& table, Format format);

}  // namespace strata::hashing
