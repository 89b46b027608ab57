#include "compaction/levels_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "compaction/key_scale.h"
#include "compaction/tiered_policy.h"

namespace strata::compaction {
namespace {

constexpr std::size_t kColumns = 68;  // of the line that shows the range of keys
constexpr std::size_t kShownKey = 30;

std::string shown_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double count = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; count >= 1023.95 && unit + 1 < kUnits.size(); ++unit) count /= 1024;
  return fmt::format("{:.1f} {}", count, kUnits[unit]);
}

std::string counted_tables(std::size_t count) {
  return fmt::format("{} table{}", count, count == 1 ? "" : "s");
}

// In the picture each byte of a key is one column, so an unprintable byte becomes a question mark.
std::string shown_key(std::string_view key) {
  std::string shown;
  for (const char c : key) {
    if (shown.size() == kShownKey) return shown.replace(kShownKey - 3, 3, "...");
    shown += c >= ' ' && c <= '~' ? c : '?';
  }
  return shown;
}

std::string row(std::string_view label, std::uint64_t bytes, std::string_view line) {
  return fmt::format("  {:<14}{:>10}  |{}|\n", label, shown_bytes(bytes), line);
}

KeyScale scale_of(const lsm::Version& version) {
  std::vector<std::string_view> ends;
  for (const auto& level : version.levels) {
    for (const lsm::TableInfo& table : level) {
      ends.push_back(lsm::smallest_user_key(table));
      ends.push_back(lsm::largest_user_key(table));
    }
  }
  return KeyScale(std::move(ends));
}

std::string axis(const KeyScale& scale) {
  const std::string first = shown_key(scale.smallest());
  const std::string last = shown_key(scale.largest());
  return fmt::format("{:<28}|{}{:>{}}|\n", "keys", first, last, kColumns - first.size());
}

// How many of the tables lie over each column.
std::array<std::size_t, kColumns> cover(std::span<const lsm::TableInfo> tables,
                                        const KeyScale& scale) {
  std::array<std::size_t, kColumns> counts{};
  for (const lsm::TableInfo& table : tables) {
    const std::size_t last = scale.column(lsm::largest_user_key(table), kColumns);
    for (std::size_t at = scale.column(lsm::smallest_user_key(table), kColumns); at <= last; ++at)
      ++counts[at];
  }
  return counts;
}

std::string line_of(std::span<const lsm::TableInfo> tables, const KeyScale& scale) {
  std::string line;
  for (const std::size_t count : cover(tables, scale)) {
    if (count < 2)
      line += count == 0 ? ' ' : '=';
    else
      line += count < 10 ? static_cast<char>('0' + count) : '#';
  }
  return line;
}

std::string fullness(const lsm::Version& version, std::size_t level, const LevelledPolicy* policy) {
  if (!policy || level + 1 == lsm::kLevels) return "";
  const double score = policy->score(version, level);
  return std::isinf(score) ? ", to be emptied" : fmt::format(", {:.0f} % full", 100 * score);
}

std::string level_of(const lsm::Version& version, std::size_t level, const KeyScale& scale,
                     const LevelledPolicy* policy) {
  const std::span<const lsm::TableInfo> tables = version.levels[level];
  const std::uint64_t bytes = bytes_of(tables);
  std::string text = fmt::format("level {}: {}, {}{}\n", level, counted_tables(tables.size()),
                                 shown_bytes(bytes), fullness(version, level, policy));
  if (tables.size() > kDrawnTables)
    return text + row(counted_tables(tables.size()), bytes, line_of(tables, scale));
  for (const lsm::TableInfo& table : tables)
    text +=
        row(fmt::format("table {}", table.number), table.file_size, line_of({&table, 1}, scale));
  return text;
}

std::string write_amplification(const WrittenBytes& written) {
  if (written.flushed == 0)
    return "write amplification  -     (nothing was flushed since the store was opened)\n";
  const std::uint64_t all = written.flushed + written.compacted;
  return fmt::format(
      "write amplification  {:<5.1f} ({} written since it was opened, {} by flushes)\n",
      static_cast<double>(all) / static_cast<double>(written.flushed), shown_bytes(all),
      shown_bytes(written.flushed));
}

// A run has each key about once, so the data that can be read is at least about one run. But if
// snapshots hold older versions, a run may have a key more than once.
std::string space_amplification(const lsm::Version& version, const std::vector<SortedRun>& runs) {
  const std::uint64_t all = version.table_bytes();
  const std::uint64_t largest = std::ranges::max_element(runs, {}, &SortedRun::bytes)->bytes;
  return fmt::format(
      "space amplification  {:<5.1f} ({} in tables, {} in the largest run;\n"
      "                           at most, without what snapshots hold)\n",
      static_cast<double>(all) / static_cast<double>(largest), shown_bytes(all),
      shown_bytes(largest));
}

}  // namespace

std::string picture_of(const lsm::Version& version, const LevelledPolicy* policy,
                       const WrittenBytes& written) {
  if (version.table_count() == 0)
    return "no tables: all there is is in memory, and in the log\n" + write_amplification(written);
  const KeyScale scale = scale_of(version);
  std::string picture = axis(scale);
  for (std::size_t level = 0; level < version.levels.size(); ++level)
    if (!version.levels[level].empty()) picture += level_of(version, level, scale, policy);
  const auto runs = runs_of(version);
  picture += write_amplification(written) + space_amplification(version, runs);
  picture += fmt::format("read amplification   {:<5} (tables that a GET looks at, at most)\n",
                         runs.size());
  return picture;
}

}  // namespace strata::compaction
