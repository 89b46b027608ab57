#include "lsm_verbs/lsm_shell.h"

#include <fmt/format.h>

#include <memory>

#include "lsm/lsm_trace.h"
#include "lsm_verbs/snapshot_verbs.h"
#include "lsm_verbs/table_verbs.h"
#include "shell/trace_file.h"
#include "wal/log_trace.h"
#include "wal_verbs/log_verbs.h"

namespace strata::lsm {
namespace {

using shell::DiskStage;
using shell::TraceFile;

// Writes the trace for the viewer.
struct LsmTrace {
  std::unique_ptr<TraceFile> file;
  wal::TracingObserver log{file->trace()};
  TracingObserver store{file->trace()};

  void opening(shell::Disk disk, LsmOptions& options) {
    options.log.observer = &log;
    options.observer = &store;
    file->trace().event("opening", {{"disk", name_of(disk)},
                                    {"sync", name_of(options.sync)},
                                    {"segment_bytes", options.log.segment_bytes},
                                    {"memtable_limit", options.memtable_bytes}});
  }
};

Result<std::unique_ptr<LsmTrace>> open_trace(const LsmShell& shell,
                                             const shell::OptionValues& values) {
  if (values.at("trace").empty()) return nullptr;
  STRATA_TRY(auto file, TraceFile::open(values.at("trace"), shell.program));
  return std::make_unique<LsmTrace>(std::move(file));
}

Result<std::unique_ptr<DiskStage>> open_stage(const LsmShell& shell,
                                              const shell::OptionValues& values,
                                              Snapshots& snapshots, LsmTrace* trace) {
  DiskStage::Options stage;
  STRATA_TRY(stage.disk, shell::parse_disk(values.at("disk")));
  stage.directory = values.at("data");
  stage.power_off = [&snapshots, trace](const env::PowerCut& cut) {
    snapshots.clear();
    if (trace) trace->file->power_off(cut);
  };
  stage.power_on = [trace] {
    if (trace) trace->file->power_on();
  };
  stage.open = [&shell, trace, disk = stage.disk](
                   env::FileSystem& fs,
                   const env::Path& directory) -> Result<std::unique_ptr<Store>> {
    STRATA_TRY(LsmOptions options, shell.options(trace ? &trace->file->trace() : nullptr));
    if (trace) trace->opening(disk, options);
    STRATA_TRY(auto store, LsmStore::open(fs, directory, std::move(options)));
    wal::tell_of_torn_tail(shell.program, store->recovery());
    return store;
  };
  return DiskStage::open(std::move(stage));
}

Result<std::string> report(const DiskStage& stage) {
  STRATA_TRY(LsmStore* const store, lsm_store(stage));
  const wal::LogRecovery& found = store->recovery();
  return fmt::format("recovered {} tables and {} records; the tail was {}, {} bytes cut off",
                     store->version().table_count(), found.records, name_of(found.tail),
                     found.torn_bytes);
}

void add_verbs(const LsmShell& ours, DiskStage& stage, Snapshots& snapshots, shell::Shell& shell) {
  shell.add_verb(flush_verb(stage));
  shell.add_verb(levels_verb(stage));
  for (shell::Verb& verb : snapshot_verbs(stage, snapshots)) shell.add_verb(std::move(verb));
  shell.add_verb(wal::dump_verb([&stage]() -> Result<wal::LogPlace> {
    STRATA_TRY(LsmStore* const store, lsm_store(stage));
    return wal::LogPlace{store->files(), store->log_directory()};
  }));
  shell.add_verb(shell::crash_verb());
  shell.add_verb(shell::power_cut_verb(stage, [&stage] { return report(stage); }));
  if (!ours.more_verbs) return;
  for (shell::Verb& verb : ours.more_verbs(stage)) shell.add_verb(std::move(verb));
}

}  // namespace

Result<int> run_lsm_shell(const LsmShell& ours, const shell::OptionValues& values) {
  STRATA_TRY(const auto trace, open_trace(ours, values));  // must outlive the store
  Snapshots snapshots;
  STRATA_TRY(const auto stage, open_stage(ours, values, snapshots, trace.get()));
  shell::Shell shell(*stage);
  add_verbs(ours, *stage, snapshots, shell);
  STRATA_TRY(const int status, shell::run_shell(shell, stage->with_disk(ours.banner)));
  STRATA_TRY(stage->close());
  if (trace) STRATA_TRY(trace->file->finish());
  return status;
}

shell::Option memtable_option() {
  return {"memtable", "BYTES", "67108864", "a memtable that takes this much memory is flushed",
          shell::number_between(1, std::uint64_t{1} << 40)};
}

// run_lsm_shell() always opens an LsmStore.
Result<LsmStore*> lsm_store(const DiskStage& stage) {
  STRATA_TRY(Store* const store, stage.store());
  return static_cast<LsmStore*>(store);
}

Result<LsmStore*> lsm_store_to_change(const DiskStage& stage) {
  STRATA_TRY(Store* const store, stage.store_to_change());
  return static_cast<LsmStore*>(store);
}

}  // namespace strata::lsm
