#include "compaction/tiered_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace strata::compaction {
namespace {

constexpr std::size_t kLast = lsm::kLevels - 1;

// The level just above the run at index `end`; the last level if there is no such run.
std::size_t level_above(const std::vector<SortedRun>& runs, std::size_t end) {
  if (end == runs.size()) return kLast;
  return std::max<std::size_t>(runs[end].level, 1) - 1;
}

}  // namespace

std::vector<SortedRun> runs_of(const lsm::Version& version) {
  std::vector<SortedRun> runs;
  for (const lsm::TableInfo& table : version.levels[0])
    runs.push_back({.level = 0, .tables = {table}, .bytes = table.file_size});
  for (std::size_t level = 1; level < lsm::kLevels; ++level)
    if (const auto& tables = version.levels[level]; !tables.empty())
      runs.push_back({.level = level, .tables = tables, .bytes = bytes_of(tables)});
  return runs;
}

std::optional<CompactionPlan> TieredPolicy::pick(const lsm::Version& version) const {
  const auto runs = runs_of(version);
  if (runs.size() < 2) return std::nullopt;
  // TASK 3.5: what to merge. If the runs waste space, merge all of them. Otherwise, if there are at
  // most max_runs runs, merge nothing. Otherwise merge neighbours of about the same size. If there
  // are none, merge as many of the newest runs as it takes to have max_runs runs afterwards.
  // Reasons, in this order: "too much is newer than the oldest run", "2 runs are alike in size",
  // "9 runs" (the number of runs before).
  if (wastes_space(runs))
    return merge(runs, {.first = 0, .count = runs.size()}, "too much is newer than the oldest run");
  if (runs.size() <= options_.max_runs) return std::nullopt;
  if (const Neighbours alike = similar(runs); alike.count >= 2)
    return merge(runs, alike, fmt::format("{} runs are alike in size", alike.count));
  const std::size_t too_many = runs.size() - options_.max_runs;
  return merge(runs, {.first = 0, .count = too_many + 1}, fmt::format("{} runs", runs.size()));
  // END TASK 3.5
}

bool TieredPolicy::is_like(const SortedRun& run, std::uint64_t newer_bytes) const {
  return run.bytes * 100 <= newer_bytes * (100 + options_.size_ratio_percent);
}

bool TieredPolicy::wastes_space(const std::vector<SortedRun>& runs) const {
  // TASK 3.5: whether all runs but the oldest have together at least max_newer_percent of the bytes
  // of the oldest run.
  std::uint64_t newer = 0;
  for (std::size_t i = 0; i + 1 < runs.size(); ++i) newer += runs[i].bytes;
  return newer * 100 >= runs.back().bytes * options_.max_newer_percent;
  // END TASK 3.5
}

TieredPolicy::Neighbours TieredPolicy::similar(const std::vector<SortedRun>& runs) const {
  // TASK 3.5: begin with the newest run. Add the next older run as long as it is at most
  // size_ratio_percent larger than all runs added so far together (is_like). If no run was added,
  // begin again with the next older run.
  for (std::size_t first = 0; first + 1 < runs.size(); ++first) {
    std::uint64_t bytes = runs[first].bytes;
    std::size_t end = first + 1;
    for (; end < runs.size(); ++end) {
      if (!is_like(runs[end], bytes)) break;
      bytes += runs[end].bytes;
    }
    if (end - first >= 2) return {.first = first, .count = end - first};
  }
  return {};
  // END TASK 3.5
}

// An output in level 0 would count as newer than a table that is flushed meanwhile, because of its
// number. So the output goes into level 1 or below. Runs that are in the way are merged too, and so
// are older runs that are no larger than all of these together.
CompactionPlan TieredPolicy::merge(const std::vector<SortedRun>& runs, Neighbours chosen,
                                   std::string reason) const {
  std::size_t end = chosen.first;
  std::uint64_t bytes = 0;
  for (; end < runs.size(); ++end) {
    const bool must = end < chosen.first + chosen.count || level_above(runs, end) == 0;
    if (!must && !is_like(runs[end], bytes)) break;
    bytes += runs[end].bytes;
  }
  CompactionPlan plan{.inputs = {},
                      .output_level = level_above(runs, end),
                      .reason = std::move(reason),
                      .max_table_bytes = options_.table_bytes,
                      .max_overlap_bytes = std::numeric_limits<std::uint64_t>::max()};
  for (std::size_t i = chosen.first; i < end; ++i) add_inputs(runs[i].tables, runs[i].level, plan);
  return plan;
}

// Counts only the next plan, since its result decides what follows. Does not count the oldest run
// of the plan: it may be most of the store, and is merged only because of the others.
std::uint64_t TieredPolicy::debt(const lsm::Version& version) const {
  const auto plan = pick(version);
  if (!plan) return 0;
  const lsm::NumberAt& last = plan->inputs.back();
  const auto newer = [&](const lsm::NumberAt& input) {
    return last.level == 0 ? input.number != last.number : input.level != last.level;
  };
  const auto inputs = inputs_of(*plan, version);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (newer(plan->inputs[i])) bytes += inputs[i].file_size;
  return bytes;
}

}  // namespace strata::compaction
