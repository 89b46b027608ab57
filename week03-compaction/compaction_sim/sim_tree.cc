#include "compaction_sim/sim_tree.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "compaction/key_walk.h"

namespace strata::compaction {

lsm::TableInfo SimTree::flush(SimEntries entries) {
  const lsm::TableInfo info = info_of(entries, version_.next_number++, sizes_);
  tables_.emplace(info.number, std::move(entries));
  apply({.removed = {}, .added = {{.level = 0, .table = info}}});
  return info;
}

SimCompaction SimTree::work_out(CompactionPlan plan) {
  STRATA_ASSERT(is_sound(plan, version_));
  SimCompaction compaction;
  compaction.plan = std::move(plan);
  const auto inputs = inputs_of(compaction.plan, version_);
  if (is_move(compaction.plan, version_)) {
    compaction.move = true;
    compaction.outputs = inputs;
    return compaction;
  }
  compaction.read_bytes = bytes_of(inputs);
  write_outputs(kept(merged(compaction.plan), compaction.plan), compaction);
  return compaction;
}

SimEntries SimTree::merged(const CompactionPlan& plan) const {
  SimEntries all;
  SimEntries level;  // the entries of all tables of one level, in order
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    const auto& entries = tables_.at(plan.inputs[i].number);
    level.insert(level.end(), entries.begin(), entries.end());
    const bool more = i + 1 < plan.inputs.size() && plan.inputs[i].level > 0 &&
                      plan.inputs[i].level == plan.inputs[i + 1].level;
    if (more) continue;
    all = merge(all, level);
    level.clear();
  }
  return all;
}

SimEntries SimTree::kept(const SimEntries& entries, const CompactionPlan& plan) const {
  OlderTables older(plan, version_);
  SimEntries kept;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && entries[i].key == entries[i - 1].key) continue;
    if (entries[i].is_put() || older.may_hold(user_key_of(entries[i].key)))
      kept.push_back(entries[i]);
  }
  return kept;
}

void SimTree::write_outputs(const SimEntries& entries, SimCompaction& compaction) {
  OutputCuts cuts(compaction.plan, version_);
  const auto write = [&](SimEntries output) {
    const lsm::TableInfo info = info_of(output, version_.next_number++, sizes_);
    compaction.written_bytes += info.file_size;
    compaction.outputs.push_back(info);
    compaction.made.emplace(info.number, std::move(output));
  };
  SimEntries output;
  std::uint64_t size = 0;
  for (const SimEntry& entry : entries) {
    if (cuts.ends_before(user_key_of(entry.key), size)) {
      write(std::exchange(output, {}));
      size = 0;
    }
    output.push_back(entry);
    size += sizes_.of(entry);
  }
  if (!output.empty()) write(std::move(output));
}

void SimTree::finish(SimCompaction compaction) {
  const TableChange change = change_of(compaction.plan, compaction.outputs);
  if (!compaction.move)
    for (const lsm::NumberAt& gone : change.removed) tables_.erase(gone.number);
  tables_.merge(compaction.made);
  apply(change);
}

void SimTree::apply(const TableChange& change) {
  auto next = lsm::apply(version_, {.added = change.added,
                                    .removed = change.removed,
                                    .log_start = version_.log_start,
                                    .sequence = version_.sequence,
                                    .next_number = version_.next_number});
  STRATA_ASSERT(next.has_value());
  version_ = *std::move(next);
}

SimLookup SimTree::get(std::uint32_t key) const {
  const std::string user_key = user_key_of(key);
  SimLookup lookup;
  for (std::size_t level = 0; level < lsm::kLevels; ++level)
    for (const lsm::TableInfo& table : overlapping(version_, level, user_key, user_key)) {
      ++lookup.asked;
      lookup.entry = find(tables_.at(table.number), key);
      if (lookup.entry) return lookup;
    }
  return lookup;
}

void SimTree::check_invariants() const {
  version_.check_invariants();
  std::map<std::uint32_t, std::uint32_t> oldest;  // of the tables above, by key
  for (const auto& level : version_.levels)
    for (const lsm::TableInfo& table : level)
      for (const SimEntry& entry : tables_.at(table.number)) {
        const auto [above, first] = oldest.try_emplace(entry.key, entry.sequence());
        STRATA_ASSERT(first || entry.sequence() < above->second);
        above->second = entry.sequence();
      }
}

}  // namespace strata::compaction
