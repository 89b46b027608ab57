// The shell of week 1. In addition to the verbs of every shell it has CHECKPOINT, DUMP, CRASH and,
// on a simulated disk, POWERCUT.
#include <fmt/format.h>

#include <iostream>

#include "shell/disk_stage.h"
#include "shell/program.h"
#include "shell/trace_file.h"
#include "wal/log_trace.h"
#include "wal/logged_store.h"
#include "wal_verbs/log_verbs.h"

namespace strata::wal {
namespace {

using shell::Arguments;
using shell::DiskStage;
using shell::Output;
using shell::TraceFile;

constexpr std::string_view kProgram = "week01-repl";

// The stage of this program always opens a LoggedStore.
Result<LoggedStore*> logged(const DiskStage& stage) {
  STRATA_TRY(Store* const store, stage.store());
  return static_cast<LoggedStore*>(store);
}

shell::Verb checkpoint_verb(DiskStage& stage) {
  return {.name = "CHECKPOINT",
          .usage = "CHECKPOINT",
          .help = "write the map to a snapshot file, then drop the log that is no longer needed",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(Store* const store, stage.store_to_change());
            STRATA_TRY(static_cast<LoggedStore*>(store)->checkpoint());
            out.line("OK");
            return {};
          }};
}

Result<LogPlace> log_place(const DiskStage& stage) {
  STRATA_TRY(LoggedStore* const store, logged(stage));
  return LogPlace{store->files(), store->log_directory()};
}

Result<std::string> report(const DiskStage& stage) {
  STRATA_TRY(LoggedStore* const store, logged(stage));
  const LogRecovery& found = store->recovery();
  return fmt::format("recovered {} records; the tail was {}, {} bytes cut off", found.records,
                     name_of(found.tail), found.torn_bytes);
}

// Writes the trace for the viewer.
struct LogTrace {
  std::unique_ptr<TraceFile> file;
  TracingObserver observer{file->trace()};

  void opening(shell::Disk disk, const LoggedStoreOptions& options) {
    file->trace().event("opening", {{"disk", name_of(disk)},
                                    {"sync", name_of(options.sync)},
                                    {"segment_bytes", options.log.segment_bytes}});
  }
  void recovered(const LogRecovery& found) {
    file->trace().event("recovered", {{"records", found.records},
                                      {"tail", name_of(found.tail)},
                                      {"torn_bytes", found.torn_bytes}});
  }
};

Result<std::unique_ptr<DiskStage>> open_stage(const shell::OptionValues& values, LogTrace* trace) {
  STRATA_TRY(const SyncMode sync, parse_sync_mode(values.at("sync")));
  DiskStage::Options stage;
  STRATA_TRY(stage.disk, shell::parse_disk(values.at("disk")));
  stage.directory = values.at("data");
  stage.open = [=, disk = stage.disk](
                   env::FileSystem& fs,
                   const env::Path& directory) -> Result<std::unique_ptr<Store>> {
    LoggedStoreOptions options;
    options.sync = sync;
    if (trace) options.log.observer = &trace->observer;
    options.on_recovery_progress = [](const RecoveryProgress& progress) {
      std::cerr << fmt::format("{}: recovering: {} of {} MiB of log\n", kProgram,
                               progress.bytes_done >> 20, progress.bytes_total >> 20);
    };
    if (trace) trace->opening(disk, options);
    STRATA_TRY(auto store, LoggedStore::open(fs, directory, options));
    const LogRecovery& found = store->recovery();
    if (trace) trace->recovered(found);
    tell_of_torn_tail(kProgram, found);
    return store;
  };
  if (trace) {
    stage.power_off = [trace](const env::PowerCut& cut) { trace->file->power_off(cut); };
    stage.power_on = [trace] { trace->file->power_on(); };
  }
  return DiskStage::open(std::move(stage));
}

Result<int> run(const shell::OptionValues& values) {
  std::unique_ptr<LogTrace> trace;  // outlives the store that writes to it
  if (!values.at("trace").empty()) {
    STRATA_TRY(auto file, TraceFile::open(values.at("trace"), kProgram));
    trace = std::make_unique<LogTrace>(std::move(file));
  }
  STRATA_TRY(const auto stage, open_stage(values, trace.get()));
  shell::Shell shell(*stage);
  shell.add_verb(checkpoint_verb(*stage));
  shell.add_verb(dump_verb([&] { return log_place(*stage); }));
  shell.add_verb(shell::crash_verb());
  shell.add_verb(shell::power_cut_verb(*stage, [&] { return report(*stage); }));
  STRATA_TRY(const int status,
             shell::run_shell(
                 shell, stage->with_disk("Strata, week 1: a map behind a write-ahead log. HELP "
                                         "lists the commands.")));
  STRATA_TRY(stage->close());
  if (trace) STRATA_TRY(trace->file->finish());
  return status;
}

}  // namespace
}  // namespace strata::wal

int main(int argc, char** argv) {
  namespace shell = strata::shell;
  const shell::Program program{
      .name = std::string(strata::wal::kProgram),
      .summary = "The shell of week 1: an ordered map in memory behind a write-ahead log.",
      .example = "week01-repl --data /tmp/mine --sync=interval",
      .options = {shell::data_option("./data/week01"), shell::sync_option(), shell::disk_option(),
                  shell::trace_option()}};
  return shell::run_program(argc, argv, program, &strata::wal::run);
}
