#include "compaction/levelled_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/not_written.h"  // what the starter throws

namespace strata::compaction {
namespace {

constexpr std::size_t kLast = lsm::kLevels - 1;

double ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// The tables of level 0 that overlap `range`, and those older ones that overlap one of them.
std::vector<lsm::TableInfo> with_older(const lsm::Version& version, KeyRange range) {
  std::vector<lsm::TableInfo> taken;
  for (const lsm::TableInfo& table : version.levels[0]) {  // the newest first
    if (last_key(table) < range.smallest || range.largest < first_key(table)) continue;
    taken.push_back(table);
    range.smallest = std::min(range.smallest, first_key(table));
    range.largest = std::max(range.largest, last_key(table));
  }
  return taken;
}

// Those in front, of `bytes` about, but one at least.
std::vector<lsm::TableInfo> first_of(std::vector<lsm::TableInfo> tables, std::uint64_t bytes) {
  std::uint64_t sum = 0;
  std::size_t count = 0;
  while (count < tables.size() && sum < bytes) sum += tables[count++].file_size;
  tables.resize(count);
  return tables;
}

// The first that have garbage, as far as they are neighbours.
std::vector<lsm::TableInfo> first_garbage_of(const std::vector<lsm::TableInfo>& tables,
                                             std::uint64_t bytes) {
  const auto clean = [](const lsm::TableInfo& table) { return table.garbage == 0; };
  const auto begin = std::ranges::find_if_not(tables, clean);
  return first_of({begin, std::find_if(begin, tables.end(), clean)}, bytes);
}

// What the tables, which leave a level above, overlap where they go.
std::vector<lsm::TableInfo> met_by(const std::vector<lsm::TableInfo>& tables,
                                   const lsm::Version& version, std::size_t level) {
  const auto [smallest, largest] = range_of(tables);
  return overlapping(version, level, smallest, largest);
}

// How far the tables may fall from `level`: through all levels where they meet nothing.
std::size_t landing_of(const std::vector<lsm::TableInfo>& tables, const lsm::Version& version,
                       std::size_t level) {
  std::size_t landing = level + 1;
  while (landing < kLast && met_by(tables, version, landing).empty()) ++landing;
  return landing;
}

}  // namespace

CompactionPlan LevelledOptions::plan(std::size_t output_level) const {
  return {.inputs = {},
          .output_level = output_level,
          .reason = {},
          .max_table_bytes = table_bytes,
          .max_overlap_bytes = max_overlap * table_bytes};
}

LevelTargets LevelledPolicy::targets(const lsm::Version& version) const {
  LevelTargets targets;
  std::uint64_t bytes = std::max(bytes_of(version.levels[kLast]), options_.level1_bytes);
  targets.bytes[kLast] = bytes;
  while (bytes > options_.level1_bytes && targets.base > 1) {
    bytes /= options_.multiplier;
    targets.bytes[--targets.base] = bytes;
  }
  // What level 0 gives away may not pass what lies above the base: when the last level has
  // shrunk, or the options are new.
  for (std::size_t level = 1; level < targets.base; ++level)
    if (!version.levels[level].empty()) targets.base = level;
  return targets;
}

double LevelledPolicy::score(const lsm::Version& version, std::size_t level) const {
  // TASK 3.4: how full a level is. Level 0 counts its tables, since each costs every read one
  // more look, and its bytes too; the larger share is the score. Any other level is measured
  // by its target. A level without a target should be empty: whatever lies there is urgent.
  // The last level has nowhere to give to.
  const auto& tables = version.levels[level];
  if (level == kLast || tables.empty()) return 0;
  if (level == 0)
    return std::max(ratio(tables.size(), options_.level0_tables),
                    ratio(bytes_of(tables), options_.level1_bytes));
  const std::uint64_t target = targets(version).bytes[level];
  if (target == 0) return std::numeric_limits<double>::infinity();
  return ratio(bytes_of(tables), target);
  // END TASK 3.4
}

std::optional<CompactionPlan> LevelledPolicy::pick(const lsm::Version& version) const {
  // TASK 3.4: the level with the highest score has its turn, if that is at least 1; of equal
  // ones the upper. Level 0 is merged into the base, any other level pushes a table down. Say
  // in the reason which level it is, and its score.
  std::size_t fullest = 0;
  double highest = 0;
  for (std::size_t level = 0; level < kLast; ++level) {
    const double found = score(version, level);
    if (found <= highest) continue;
    fullest = level;
    highest = found;
  }
  if (highest < 1) return std::nullopt;
  CompactionPlan plan =
      fullest == 0 ? merge_level0(version, targets(version).base) : push_down(version, fullest);
  plan.reason = fmt::format("level {} has score {:.2f}", fullest, highest);
  return plan;
  // END TASK 3.4
}

std::optional<CompactionPlan> LevelledPolicy::pick_for_readers(const lsm::Version& version) const {
  const std::size_t tables = version.levels[0].size();
  if (tables < 2) return std::nullopt;
  CompactionPlan plan = merge_level0(version, targets(version).base);
  plan.reason = fmt::format("readers look into {} tables of level 0", tables);
  return plan;
}

CompactionPlan LevelledPolicy::merge_level0(const lsm::Version& version, std::size_t base) const {
  const auto& tables = version.levels[0];
  // The oldest may go alone if it meets nothing, there and here: keys that are written in
  // order are never merged. One that others overlap waits for them, since they would meet it
  // again below.
  CompactionPlan move = options_.plan(base);
  add_inputs({&tables.back(), 1}, 0, move);
  const auto [smallest, largest] = range_of({&tables.back(), 1});
  const bool alone = overlapping(version, 0, smallest, largest).size() == 1;
  if (alone && is_move(move, version)) return move;

  CompactionPlan plan = options_.plan(base);
  add_inputs(tables, 0, plan);
  add_inputs(met_by(tables, version, base), base, plan);
  return plan;
}

CompactionPlan LevelledPolicy::push_down(const lsm::Version& version, std::size_t level) const {
  // TASK 3.4: the table whose overlap with the next level is the smallest share of its own
  // bytes: most is won there for each byte that is written. Of equal ones the oldest goes, so
  // that each has its turn. What it overlaps goes along.
  const lsm::TableInfo* cheapest = nullptr;
  double least = 0;
  for (const lsm::TableInfo& table : version.levels[level]) {
    const double cost = ratio(bytes_of(met_by({table}, version, level + 1)), table.file_size);
    const bool better =
        !cheapest || cost < least || (cost == least && table.number < cheapest->number);
    if (!better) continue;
    cheapest = &table;
    least = cost;
  }
  CompactionPlan plan = options_.plan(level + 1);
  add_inputs({cheapest, 1}, level, plan);
  add_inputs(met_by({*cheapest}, version, level + 1), level + 1, plan);
  return plan;
  // END TASK 3.4
}

// What a level has too much goes down, and takes as much of the next along as it meets there.
std::uint64_t LevelledPolicy::debt(const lsm::Version& version) const {
  const LevelTargets targets = this->targets(version);
  std::uint64_t debt = 0;
  std::uint64_t excess = 0;  // of the levels above
  if (score(version, 0) >= 1) {
    excess = bytes_of(version.levels[0]);
    debt = excess + bytes_of(version.levels[targets.base]);
  }
  for (std::size_t level = targets.base; level < kLast; ++level) {
    const std::uint64_t bytes = bytes_of(version.levels[level]) + excess;
    excess = 0;
    if (bytes <= targets.bytes[level]) continue;
    excess = bytes - targets.bytes[level];
    const double met = ratio(bytes_of(version.levels[level + 1]), bytes);
    debt += excess + static_cast<std::uint64_t>(met * static_cast<double>(excess));
  }
  return debt;
}

std::optional<CompactionPlan> plan_range(const lsm::Version& version, std::size_t level,
                                         std::string_view from, std::optional<std::string_view> to,
                                         const LevelledOptions& options) {
  const auto& tables = version.levels[level];
  if (tables.empty()) return std::nullopt;
  const KeyRange range{from, to.value_or(range_of(tables).largest)};
  if (range.largest < range.smallest) return std::nullopt;
  const std::uint64_t bytes = options.plan(level).max_overlap_bytes;
  std::vector<lsm::TableInfo> taken;
  if (level == 0)
    taken = with_older(version, range);
  else if (level < kLast)
    taken = first_of(overlapping(version, level, range.smallest, range.largest), bytes);
  else
    taken = first_garbage_of(overlapping(version, level, range.smallest, range.largest), bytes);
  if (taken.empty()) return std::nullopt;
  const std::size_t output = level == kLast ? kLast : landing_of(taken, version, level);
  CompactionPlan plan = options.plan(output);
  add_inputs(taken, level, plan);
  if (output != level) add_inputs(met_by(taken, version, output), output, plan);
  plan.reason = "by hand";
  return plan;
}

}  // namespace strata::compaction
