#include "compaction/key_walk.h"

#include <algorithm>

namespace strata::compaction {
namespace {

std::vector<std::uint64_t> sorted_inputs(const CompactionPlan& plan) {
  std::vector<std::uint64_t> numbers;
  for (const lsm::NumberAt& input : plan.inputs) numbers.push_back(input.number);
  std::ranges::sort(numbers);
  return numbers;
}

// The number of the newest input of level 0; 0 if no input is in level 0.
std::uint64_t newest_of_level0(const CompactionPlan& plan) {
  std::uint64_t newest = 0;
  for (const lsm::NumberAt& input : plan.inputs)
    if (input.level == 0) newest = std::max(newest, input.number);
  return newest;
}

}  // namespace

// Older versions can only be in the level of the topmost input or below. Tables there that are
// inputs do not count: their entries take part in the merge.
OlderTables::OlderTables(const CompactionPlan& plan, const lsm::Version& version) {
  const auto inputs = sorted_inputs(plan);
  const auto is_input = [&](const lsm::TableInfo& table) {
    return std::ranges::binary_search(inputs, table.number);
  };
  // Tables of level 0 may overlap, so each is a run of its own.
  for (const lsm::TableInfo& table : version.levels[0])
    if (table.number < newest_of_level0(plan) && !is_input(table))
      runs_.push_back({.tables = {{lsm::smallest_user_key(table), lsm::largest_user_key(table)}}});
  const std::size_t top = std::max<std::size_t>(plan.inputs.front().level, 1);
  for (std::size_t level = top; level < lsm::kLevels; ++level) {
    Run run;
    for (const lsm::TableInfo& table : version.levels[level])
      if (!is_input(table))
        run.tables.push_back({lsm::smallest_user_key(table), lsm::largest_user_key(table)});
    runs_.push_back(std::move(run));
  }
}

bool OlderTables::may_hold(std::string_view user_key) {
  for (auto& [tables, at] : runs_) {
    while (at < tables.size() && tables[at].largest < user_key) ++at;
    if (at < tables.size() && tables[at].smallest <= user_key) return true;
  }
  return false;
}

OutputCuts::OutputCuts(const CompactionPlan& plan, const lsm::Version& version)
    : max_table_bytes_(plan.max_table_bytes), max_overlap_bytes_(plan.max_overlap_bytes) {
  if (plan.output_level + 1 == lsm::kLevels) return;
  for (const lsm::TableInfo& table : version.levels[plan.output_level + 1])
    below_.push_back({.last_key = lsm::largest_user_key(table), .bytes = table.file_size});
}

bool OutputCuts::ends_before(std::string_view user_key, std::uint64_t size) {
  const bool empty = size == 0;
  for (; at_ < below_.size() && below_[at_].last_key < user_key; ++at_)
    if (!empty) overlap_bytes_ += below_[at_].bytes;
  if (empty || (size < max_table_bytes_ && overlap_bytes_ <= max_overlap_bytes_)) return false;
  overlap_bytes_ = 0;
  return true;
}

}  // namespace strata::compaction
