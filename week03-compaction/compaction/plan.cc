#include "compaction/plan.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "base/assert.h"
#include "compaction/key_walk.h"

namespace strata::compaction {
namespace {

bool overlaps(const lsm::TableInfo& table, const KeyBounds& range) {
  return lsm::smallest_user_key(table) <= range.largest &&
         range.smallest <= lsm::largest_user_key(table);
}

using Numbers = std::unordered_set<std::uint64_t>;

Numbers numbers_of(const std::vector<lsm::NumberAt>& inputs) {
  Numbers numbers;
  for (const lsm::NumberAt& input : inputs) numbers.insert(input.number);
  return numbers;
}

// Whether every table of `level` that overlaps `range` is an input.
bool takes_all(const Numbers& inputs, const lsm::Version& version, std::size_t level,
               const KeyBounds& range) {
  return std::ranges::all_of(
      overlapping(version, level, range.smallest, range.largest),
      [&](const lsm::TableInfo& table) { return inputs.contains(table.number); });
}

// Whether all older tables that `input` overlaps are inputs too: in level 0, and in the levels
// between the input and the output level.
bool takes_what_is_older(const CompactionPlan& plan, const Numbers& inputs,
                         const lsm::Version& version, std::size_t input_level,
                         const lsm::TableInfo& input) {
  const KeyBounds range{lsm::smallest_user_key(input), lsm::largest_user_key(input)};
  if (input_level == 0)
    for (const lsm::TableInfo& table : overlapping(version, 0, range.smallest, range.largest))
      if (table.number < input.number && !inputs.contains(table.number)) return false;
  for (std::size_t level = input_level + 1; level < plan.output_level; ++level)
    if (!takes_all(inputs, version, level, range)) return false;
  return true;
}

}  // namespace

KeyBounds range_of(std::span<const lsm::TableInfo> tables) {
  STRATA_ASSERT(!tables.empty());
  KeyBounds range{lsm::smallest_user_key(tables.front()), lsm::largest_user_key(tables.front())};
  for (const lsm::TableInfo& table : tables) {
    range.smallest = std::min(range.smallest, lsm::smallest_user_key(table));
    range.largest = std::max(range.largest, lsm::largest_user_key(table));
  }
  return range;
}

std::vector<lsm::TableInfo> overlapping(const lsm::Version& version, std::size_t level,
                                        std::string_view smallest, std::string_view largest) {
  const auto& tables = version.levels[level];
  std::vector<lsm::TableInfo> found;
  // Only below level 0 are the tables sorted by key.
  auto table = level == 0 ? tables.begin()
                          : std::ranges::lower_bound(tables, smallest, {}, lsm::largest_user_key);
  for (; table != tables.end(); ++table) {
    if (overlaps(*table, {smallest, largest}))
      found.push_back(*table);
    else if (level > 0)
      break;
  }
  return found;
}

std::uint64_t bytes_of(std::span<const lsm::TableInfo> tables) {
  return std::transform_reduce(tables.begin(), tables.end(), std::uint64_t{0}, std::plus(),
                               std::mem_fn(&lsm::TableInfo::file_size));
}

void add_inputs(std::span<const lsm::TableInfo> tables, std::size_t level, CompactionPlan& plan) {
  for (const lsm::TableInfo& table : tables)
    plan.inputs.push_back({.level = level, .number = table.number});
}

std::vector<lsm::TableInfo> inputs_of(const CompactionPlan& plan, const lsm::Version& version) {
  std::unordered_map<std::uint64_t, const lsm::TableInfo*> wanted;
  std::array<bool, lsm::kLevels> in_level{};
  for (const lsm::NumberAt& input : plan.inputs) {
    wanted.emplace(input.number, nullptr);
    in_level[input.level] = true;
  }
  for (std::size_t level = 0; level < lsm::kLevels; ++level) {
    if (!in_level[level]) continue;
    for (const lsm::TableInfo& table : version.levels[level])
      if (const auto found = wanted.find(table.number); found != wanted.end())
        found->second = &table;
  }
  std::vector<lsm::TableInfo> inputs;
  for (const lsm::NumberAt& input : plan.inputs) {
    const lsm::TableInfo* const found = wanted.at(input.number);
    STRATA_ASSERT(found != nullptr);
    inputs.push_back(*found);
  }
  return inputs;
}

bool is_sound(const CompactionPlan& plan, const lsm::Version& version) {
  if (plan.inputs.empty() || plan.output_level == 0) return false;
  if (!std::ranges::is_sorted(plan.inputs, {}, &lsm::NumberAt::level)) return false;
  if (plan.inputs.back().level > plan.output_level) return false;
  const auto inputs = inputs_of(plan, version);
  const Numbers numbers = numbers_of(plan.inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!takes_what_is_older(plan, numbers, version, plan.inputs[i].level, inputs[i])) return false;
  // The outputs may reach from the first key of all inputs to the last.
  return takes_all(numbers, version, plan.output_level, range_of(inputs));
}

bool is_move(const CompactionPlan& plan, const lsm::Version& version) {
  if (plan.inputs.size() != 1) return false;
  if (plan.inputs.front().level == plan.output_level) return false;
  const auto inputs = inputs_of(plan, version);
  const auto [smallest, largest] = range_of(inputs);
  if (!overlapping(version, plan.output_level, smallest, largest).empty()) return false;
  if (plan.output_level + 1 == lsm::kLevels) return inputs.front().garbage == 0;
  return bytes_of(overlapping(version, plan.output_level + 1, smallest, largest)) <=
         plan.max_overlap_bytes;
}

bool may_be_below(const CompactionPlan& plan, const lsm::Version& version,
                  std::string_view user_key) {
  return OlderTables(plan, version).may_hold(user_key);
}

TableChange change_of(const CompactionPlan& plan, const std::vector<lsm::TableInfo>& outputs) {
  TableChange change{.removed = plan.inputs, .added = {}};
  for (const lsm::TableInfo& output : outputs)
    change.added.push_back({.level = plan.output_level, .table = output});
  return change;
}

}  // namespace strata::compaction
