#include "ring_sim/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "base/text.h"

namespace strata::hashing {
namespace {

constexpr double kLongestBar = 40;  // characters

std::size_t width_of(const Table& table, std::size_t column) {
  std::size_t width = table.columns[column].name.size();
  for (const auto& row : table.rows) width = std::max(width, row[column].size());
  return width;
}

std::string aligned(const Column& column, std::string_view cell, std::size_t width) {
  return column.is_number ? fmt::format("{:>{}}", cell, width) : fmt::format("{:<{}}", cell, width);
}

// One line; `cell` gives the text for a column.
template <class Cell>
std::string line_of(const Table& table, Cell cell) {
  std::string line;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (column > 0) line += "  ";
    line += aligned(table.columns[column], cell(column), width_of(table, column));
  }
  return line;
}

// One bar for each row; the highest number has the longest one. Requires: there is a bar column.
std::vector<std::string> bars_of(const Table& table) {
  std::vector<double> numbers;
  for (const auto& row : table.rows)
    numbers.push_back(std::stod(row[*table.bar_column]) - table.bars_from);
  const double highest = numbers.empty() ? 0 : std::ranges::max(numbers);
  std::vector<std::string> bars;
  for (const double number : numbers) {
    const double length = highest > 0 ? std::round(number / highest * kLongestBar) : 0;
    bars.emplace_back(static_cast<std::size_t>(std::max(length, 0.0)), '#');
  }
  return bars;
}

std::string without_blanks_at_the_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Result<Format> parse_format(std::string_view word) {
  if (word == "text") return Format::kText;
  if (word == "csv") return Format::kCsv;
  if (word == "json") return Format::kJson;
  return invalid_argument(fmt::format("'{}' is not one of text, csv, json", one_line(word)));
}

std::string to_text(const Table& table) {
  const auto bars = table.bar_column ? bars_of(table) : std::vector<std::string>(table.rows.size());
  const auto heading = line_of(
      table, [&](std::size_t column) -> std::string_view { return table.columns[column].name; });
  std::string text = table.title + "\n\n" + without_blanks_at_the_end(heading) + '\n';
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto line = line_of(
        table, [&](std::size_t column) -> std::string_view { return table.rows[row][column]; });
    text += without_blanks_at_the_end(line + "  " + bars[row]) + '\n';
  }
  if (!table.note.empty()) text += '\n' + table.note + '\n';
  return text;
}

std::string to_csv(const Table& table) {
  const auto names = table.columns | std::views::transform(&Column::name);
  std::string text = fmt::format("{}\n", fmt::join(names, ","));
  for (const auto& row : table.rows) text += fmt::format("{}\n", fmt::join(row, ","));
  return text;
}

std::string to_json(const Table& table) {
  std::string text = fmt::format("{{\"title\": {}, \"rows\": [", json_string(table.title));
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    text += row == 0 ? "\n" : ",\n";
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      const auto& [name, is_number] = table.columns[column];
      const std::string& cell = table.rows[row][column];
      text += fmt::format("{}{}: {}", column == 0 ? "  {" : ", ", json_string(name),
                          is_number ? cell : json_string(cell));
    }
    text += '}';
  }
  return text + "\n]}\n";
}

std::string formatted(const Table& table, Format format) {
  switch (format) {
    case Format::kCsv:
      return to_csv(table);
    case Format::kJson:
      return to_json(table);
    case Format::kText:
      break;
  }
  return to_text(table);
}

}  // namespace strata::hashing
