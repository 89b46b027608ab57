#include "compaction/job.h"

#include <algorithm>
#include <memory>

#include "compaction/key_walk.h"
#include "compaction/output_tables.h"
#include "compaction/survivors.h"
#include "lsm/merging_iterator.h"

namespace strata::compaction {
namespace {

using Sources = std::vector<std::unique_ptr<lsm::EntryIterator>>;

// One iterator for each table of level 0, since these overlap, and one for each level below.
Sources walks_over(const lsm::TableSet& tables, const std::vector<lsm::NumberAt>& inputs) {
  Sources sources;
  std::vector<std::shared_ptr<lsm::OpenLevel>> levels(lsm::kLevels);
  const auto open = tables.open_tables(inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].level == 0) {
      sources.push_back(lsm::Table::iterate(open[i]->table, lsm::Caching::kLeave));
      continue;
    }
    auto& level = levels[inputs[i].level];
    if (!level) level = std::make_shared<lsm::OpenLevel>();
    level->push_back(*open[i]);
  }
  for (const auto& level : levels) {
    if (!level) continue;
    std::ranges::sort(*level, {}, &lsm::OpenTable::smallest);
    sources.push_back(lsm::concatenate(level, lsm::Caching::kLeave));
  }
  return sources;
}

Result<void> copy_survivors(lsm::EntryIterator& entries, Survivors& survivors,
                            OutputTables& outputs, const std::stop_token& stop,
                            Progress& progress) {
  for (entries.seek_to_first(); entries.valid(); entries.next()) {
    if (stop.stop_requested()) return cancelled("a compaction was ended early");
    progress.entries_read.fetch_add(1, std::memory_order_relaxed);
    if (survivors.needs(entries.key()))
      STRATA_TRY(outputs.add(entries.key(), entries.value()));
    else
      progress.entries_dropped.fetch_add(1, std::memory_order_relaxed);
  }
  return entries.status();
}

}  // namespace

Result<JobResult> compact(lsm::VersionSet& versions, const CompactionPlan& plan,
                          lsm::SequenceNumber oldest, const lsm::TableOptions& output,
                          const std::stop_token& stop, Progress& progress) {
  const auto current = versions.current();
  const lsm::Version& version = current->version();
  JobResult result;
  for (const lsm::TableInfo& input : inputs_of(plan, version)) result.bytes_read += input.file_size;
  OutputTables outputs(versions, plan, version, output);
  OlderTables older(plan, version);
  Survivors survivors(oldest, [&](std::string_view user_key) { return older.may_hold(user_key); });
  // TASK 3.7: merge the inputs, and copy the entries that survive into the outputs. Only when the
  // outputs and their names are durable, change the version. Pass on `oldest`, so that the version
  // knows from which number on it can be read. After any error the version must be unchanged.
  const auto entries = lsm::merge(walks_over(*current, plan.inputs));
  STRATA_TRY(copy_survivors(*entries, survivors, outputs, stop, progress));
  STRATA_TRY(const auto tables, outputs.finish());
  auto [removed, added] = change_of(plan, tables);
  STRATA_TRY(versions.compacted(removed, std::move(added), oldest));
  // END TASK 3.7
  result.bytes_written = outputs.bytes();
  return result;
}

}  // namespace strata::compaction
