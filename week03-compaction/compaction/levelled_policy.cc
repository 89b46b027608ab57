#include "compaction/levelled_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace strata::compaction {
namespace {

constexpr std::size_t kLast = lsm::kLevels - 1;

double ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// The tables of level 0 that overlap `range`, and the older tables that overlap one of these.
std::vector<lsm::TableInfo> with_older(const lsm::Version& version, KeyBounds range) {
  std::vector<lsm::TableInfo> taken;
  for (const lsm::TableInfo& table : version.levels[0]) {  // newest first
    if (lsm::largest_user_key(table) < range.smallest ||
        range.largest < lsm::smallest_user_key(table))
      continue;
    taken.push_back(table);
    range.smallest = std::min(range.smallest, lsm::smallest_user_key(table));
    range.largest = std::max(range.largest, lsm::largest_user_key(table));
  }
  return taken;
}

// The first of `tables`, about `bytes` in all, but at least one.
std::vector<lsm::TableInfo> first_of(std::vector<lsm::TableInfo> tables, std::uint64_t bytes) {
  std::uint64_t sum = 0;
  std::size_t count = 0;
  while (count < tables.size() && sum < bytes) sum += tables[count++].file_size;
  tables.resize(count);
  return tables;
}

// The first neighbouring tables that have garbage, about `bytes` in all.
std::vector<lsm::TableInfo> first_garbage_of(const std::vector<lsm::TableInfo>& tables,
                                             std::uint64_t bytes) {
  const auto clean = [](const lsm::TableInfo& table) { return table.garbage == 0; };
  const auto begin = std::ranges::find_if_not(tables, clean);
  return first_of({begin, std::find_if(begin, tables.end(), clean)}, bytes);
}

// How many of the first tables a compaction by hand joins into one: as many as have `bytes` at
// most. A large table is not written again for a few small ones, unless it is not that large
// either.
std::size_t joined_by_hand(std::span<const lsm::TableInfo> tables, std::uint64_t bytes) {
  std::uint64_t sum = 0;
  std::uint64_t largest = 0;
  std::size_t joined = 0;
  for (std::size_t count = 1; count <= tables.size(); ++count) {
    const lsm::TableInfo& table = tables[count - 1];
    sum += table.file_size;
    largest = std::max(largest, table.file_size);
    if (sum > bytes || table.garbage > 0) break;
    if (count > 1 && (sum <= bytes / 16 || largest <= sum / 4 * 3)) joined = count;
  }
  return joined;
}

// The first neighbouring tables that a compaction by hand of the last level writes anew.
std::vector<lsm::TableInfo> first_to_rewrite(const std::vector<lsm::TableInfo>& tables,
                                             const CompactionPlan& limits) {
  for (std::size_t at = 0; at < tables.size(); ++at) {
    if (tables[at].garbage > 0) return first_garbage_of(tables, limits.max_overlap_bytes);
    const auto rest = std::span(tables).subspan(at);
    const std::size_t joined = joined_by_hand(rest, limits.max_table_bytes);
    if (joined > 0) return {rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(joined)};
  }
  return {};
}

// The tables of `level` that `tables`, which come from a level above, overlap.
std::vector<lsm::TableInfo> met_by(const std::vector<lsm::TableInfo>& tables,
                                   const lsm::Version& version, std::size_t level) {
  const auto [smallest, largest] = range_of(tables);
  return overlapping(version, level, smallest, largest);
}

// The level to which the tables may move from `level`: past all levels where they overlap nothing.
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
  // Tables may be above the computed base, if the last level has shrunk or the options were
  // changed. The output of level 0 is newer than these tables, so it must not go below them.
  for (std::size_t level = 1; level < targets.base; ++level)
    if (!version.levels[level].empty()) targets.base = level;
  return targets;
}

double LevelledPolicy::score(const lsm::Version& version, std::size_t level) const {
  // TASK 3.4: how full the level is. Level 0 has two ratios: its number of tables to level0_tables,
  // since each table costs every read one more look, and its bytes to level1_bytes. The larger
  // ratio is its score. For any other level it is the level's bytes to its target. A level whose
  // target is 0 should be empty: if it is not, its score is infinite. The last level cannot give
  // tables to another level: it scores 0, and so does an empty level.
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
  // TASK 3.4: choose the level with the highest score; of equal scores the upper level. If the
  // score is below 1, there is nothing to do. Level 0 is merged into the base; any other level
  // pushes a table down. The reason names the level and its score, as in "level 0 has score 1.25".
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
  if (tables < 2) return push_garbage_down(version);
  CompactionPlan plan = merge_level0(version, targets(version).base);
  plan.reason = fmt::format("readers look into {} tables of level 0", tables);
  return plan;
}

// A table of which at least half is garbage goes down to the first level where it meets something;
// there deletions and what they delete become nothing. Where it meets nothing at all, that is the
// last level.
std::optional<CompactionPlan> LevelledPolicy::push_garbage_down(const lsm::Version& version) const {
  for (std::size_t level = 0; level < kLast; ++level) {
    for (const lsm::TableInfo& table : version.levels[level]) {
      if (table.garbage == 0 || 2 * table.garbage < table.entries) continue;
      const std::size_t to = landing_of({table}, version, level);
      CompactionPlan plan = options_.plan(to);
      add_inputs({&table, 1}, level, plan);
      add_inputs(met_by({table}, version, to), to, plan);
      plan.reason = fmt::format("readers step over the deletions in table {}", table.number);
      return plan;
    }
  }
  return std::nullopt;
}

CompactionPlan LevelledPolicy::merge_level0(const lsm::Version& version, std::size_t base) const {
  const auto& tables = version.levels[0];
  // The oldest table moves alone if it overlaps nothing in the base and nothing in level 0. So keys
  // that are written in order are never merged. If others overlap the oldest table, all are merged
  // together; otherwise the others would have to be merged with it in the base later.
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
  // TASK 3.4: choose the table with the smallest ratio of the bytes that it overlaps in the next
  // level to its own bytes: there each byte written moves the most data. Of equal ratios choose the
  // oldest table, which has the smallest number, so that each table has its turn. The inputs are
  // that table and all tables that it overlaps in the next level.
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

std::optional<CompactionPlan> LevelledPolicy::pick_to_join(const lsm::Version& version) const {
  constexpr std::size_t kMost = 8 * kLeastToJoin;
  std::optional<CompactionPlan> best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t level = 1; level < lsm::kLevels; ++level) {
    const std::span<const lsm::TableInfo> tables = version.levels[level];
    for (std::size_t begin = 0; begin + kLeastToJoin <= tables.size(); ++begin) {
      std::uint64_t bytes = 0;
      std::uint64_t largest = 0;
      for (std::size_t count = 1; count <= std::min(kMost, tables.size() - begin); ++count) {
        const std::uint64_t size = tables[begin + count - 1].file_size;
        bytes += size;
        largest = std::max(largest, size);
        if (bytes > options_.table_bytes / 2) break;
        if (count < kLeastToJoin || largest > bytes / 2) continue;
        const double cost = ratio(bytes, count - 1);
        const auto run = tables.subspan(begin, count);
        if (cost >= least || !become_one(run, version, level)) continue;
        least = cost;
        best = options_.plan(level);
        add_inputs(run, level, *best);
        best->reason = fmt::format("level {} has {} small tables in a row", level, count);
      }
    }
  }
  return best;
}

bool LevelledPolicy::become_one(std::span<const lsm::TableInfo> run, const lsm::Version& version,
                                std::size_t level) const {
  if (level == kLast) return true;
  const auto [smallest, largest] = range_of(run);
  return bytes_of(overlapping(version, level + 1, smallest, largest)) <=
         options_.plan(level).max_overlap_bytes;
}

// What a level has too much must move down, and is merged with what it overlaps in the next level.
std::uint64_t LevelledPolicy::debt(const lsm::Version& version) const {
  const LevelTargets targets = this->targets(version);
  std::uint64_t debt = 0;
  std::uint64_t excess = 0;  // what the level above has too much
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
  const KeyBounds range{from, to.value_or(range_of(tables).largest)};
  if (range.largest < range.smallest) return std::nullopt;
  const CompactionPlan limits = options.plan(level);
  std::vector<lsm::TableInfo> taken;
  if (level == 0)
    taken = with_older(version, range);
  else if (level < kLast)
    taken = first_of(overlapping(version, level, range.smallest, range.largest),
                     limits.max_overlap_bytes);
  else
    taken = first_to_rewrite(overlapping(version, level, range.smallest, range.largest), limits);
  if (taken.empty()) return std::nullopt;
  const std::size_t output = level == kLast ? kLast : landing_of(taken, version, level);
  CompactionPlan plan = options.plan(output);
  add_inputs(taken, level, plan);
  if (output != level) add_inputs(met_by(taken, version, output), output, plan);
  plan.reason = "by hand";
  return plan;
}

}  // namespace strata::compaction
