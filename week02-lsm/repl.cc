// The shell of week 2. Verbs beyond those that every shell has: FLUSH, LEVELS, SNAPSHOT,
// RELEASE, AT, DUMP, CRASH and, on a simulated disk, POWERCUT.
#include <fmt/format.h>

#include <iostream>
#include <map>

#include "base/text.h"
#include "lsm/lsm_store.h"
#include "lsm/lsm_trace.h"
#include "shell/disk_stage.h"
#include "shell/program.h"
#include "shell/trace_file.h"
#include "wal/dump.h"
#include "wal/log_trace.h"

namespace strata::lsm {
namespace {

using shell::Arguments;
using shell::DiskStage;
using shell::Output;
using shell::TraceFile;
using shell::Verb;

constexpr std::uint64_t kDumpedFrames = 10;

void say(std::string_view line) { std::cerr << "week02-repl: " << line << '\n'; }

// What the stage opens is always one of these.
Result<LsmStore*> lsm(const DiskStage& stage) {
  STRATA_TRY(Store* const store, stage.store());
  return static_cast<LsmStore*>(store);
}

// The snapshots that SNAPSHOT took, by number.
class Snapshots {
 public:
  std::uint64_t keep(std::shared_ptr<const Snapshot> snapshot) {
    kept_[next_] = std::move(snapshot);
    return next_++;
  }
  Result<std::shared_ptr<const Snapshot>> find(std::string_view text) const {
    STRATA_TRY(const std::uint64_t number, shell::parse_count(text));
    const auto found = kept_.find(number);
    if (found != kept_.end()) return found->second;
    return invalid_argument(fmt::format("there is no snapshot {}", number));
  }
  Result<void> release(std::string_view text) {
    STRATA_TRY(find(text));
    STRATA_TRY(const std::uint64_t number, shell::parse_count(text));
    kept_.erase(number);
    return {};
  }
  void clear() { kept_.clear(); }

 private:
  std::map<std::uint64_t, std::shared_ptr<const Snapshot>> kept_;
  std::uint64_t next_ = 1;
};

Verb flush_verb(DiskStage& stage) {
  return {.name = "FLUSH",
          .usage = "FLUSH",
          .help = "write what is in memory out as a table",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(LsmStore* const store, lsm(stage));
            STRATA_TRY(store->flush());
            out.line("OK");
            return {};
          }};
}

std::string shown_key(const std::string& entry_key) {
  return printable(parse_key(entry_key)->user_key);
}

Verb levels_verb(DiskStage& stage) {
  return {.name = "LEVELS",
          .usage = "LEVELS",
          .help = "print the tables of each level: number, bytes, entries, first and last key",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(LsmStore* const store, lsm(stage));
            const Version version = store->version();
            for (std::size_t level = 0; level < version.levels.size(); ++level)
              for (const TableInfo& table : version.levels[level])
                out.line(fmt::format("level {}  table {}  {} bytes  {} entries  {} .. {}", level,
                                     table.number, table.file_size, table.entries,
                                     shown_key(table.smallest), shown_key(table.largest)));
            out.line(fmt::format("({} table{}, {} bytes)", version.table_count(),
                                 version.table_count() == 1 ? "" : "s", version.table_bytes()));
            return {};
          }};
}

Verb snapshot_verb(DiskStage& stage, Snapshots& snapshots) {
  return {.name = "SNAPSHOT",
          .usage = "SNAPSHOT",
          .help = "remember the store as it is now; prints the snapshot's number",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(auto snapshot, stage.snapshot());
            out.line(fmt::format("snapshot {}", snapshots.keep(std::move(snapshot))));
            return {};
          }};
}

Verb release_verb(Snapshots& snapshots) {
  return {.name = "RELEASE",
          .usage = "RELEASE <n>",
          .help = "forget snapshot n",
          .min_arguments = 1,
          .max_arguments = 1,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            STRATA_TRY(snapshots.release(arguments[0].text));
            out.line("OK");
            return {};
          }};
}

Verb at_verb(DiskStage& stage, const Snapshots& snapshots) {
  return {.name = "AT",
          .usage = "AT <n> GET <key>",
          .help = "read a key as it was at snapshot n",
          .min_arguments = 3,
          .max_arguments = 3,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            if (arguments[1].text != "GET" && arguments[1].text != "get")
              return invalid_argument("usage: AT <n> GET <key>");
            STRATA_TRY(auto snapshot, snapshots.find(arguments[0].text));
            STRATA_TRY(const auto value,
                       stage.get(arguments[2].text, {.snapshot = std::move(snapshot)}));
            if (!value) return not_found("key not found");
            out.line(printable(*value));
            return {};
          }};
}

Verb dump_verb(DiskStage& stage) {
  return {.name = "DUMP",
          .usage = "DUMP [n]",
          .help = "print the last n frames of the newest log segment (10), field by field",
          .max_arguments = 1,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            std::uint64_t count = kDumpedFrames;
            if (!arguments.empty()) {
              STRATA_TRY(count, shell::parse_count(arguments[0].text));
            }
            STRATA_TRY(LsmStore* const store, lsm(stage));
            STRATA_TRY(wal::dump_log_tail(stage.file_system(), store->log_directory(), count,
                                          out.stream()));
            return {};
          }};
}

Result<std::string> report(const DiskStage& stage) {
  STRATA_TRY(LsmStore* const store, lsm(stage));
  const wal::LogRecovery& found = store->recovery();
  return fmt::format("recovered {} tables and {} records; the tail was {}, {} bytes cut off",
                     store->version().table_count(), found.records, name_of(found.tail),
                     found.torn_bytes);
}

shell::Option memtable_option() {
  return {"memtable", "BYTES", "67108864", "a memtable that takes this much memory is flushed",
          [](std::string_view text) -> Result<void> {
            STRATA_TRY(const std::uint64_t bytes, shell::parse_count(text));
            if (bytes > 0) return {};
            return invalid_argument("a memtable takes more than 0 bytes");
          }};
}

// What the viewer's page of this week is made of.
struct LsmTrace {
  std::unique_ptr<TraceFile> file;
  wal::TracingObserver log{file->trace()};
  TracingObserver store{file->trace()};

  void opening(bool simulated, LsmOptions& options) {
    options.log.observer = &log;
    options.observer = &store;
    file->trace().event("opening", {{"disk", simulated ? "simulated" : "real"},
                                    {"sync", name_of(options.sync)},
                                    {"segment_bytes", options.log.segment_bytes},
                                    {"memtable_limit", options.memtable_bytes}});
  }
};

Result<std::unique_ptr<DiskStage>> open_stage(const shell::OptionValues& values,
                                              Snapshots& snapshots, LsmTrace* trace) {
  STRATA_TRY(const SyncMode sync, parse_sync_mode(values.at("sync")));
  STRATA_TRY(const std::uint64_t memtable_bytes, shell::parse_count(values.at("memtable")));
  DiskStage::Options stage;
  stage.simulated = values.at("disk") == "simulated";
  stage.directory = values.at("data");
  stage.power_off = [&, trace](const env::PowerCut& cut) {
    snapshots.clear();
    if (trace) trace->file->power_off(cut);
  };
  stage.power_on = [trace] {
    if (trace) trace->file->power_on();
  };
  stage.open = [=, simulated = stage.simulated](
                   env::FileSystem& fs,
                   const env::Path& directory) -> Result<std::unique_ptr<Store>> {
    LsmOptions options;
    options.sync = sync;
    options.memtable_bytes = memtable_bytes;
    if (trace) trace->opening(simulated, options);
    STRATA_TRY(auto store, LsmStore::open(fs, directory, options));
    const wal::LogRecovery& found = store->recovery();
    if (found.tail == wal::TailState::kTorn)
      say(fmt::format("cut off a torn tail of {} bytes; nothing vouches that it was ever synced",
                      found.torn_bytes));
    return store;
  };
  return DiskStage::open(std::move(stage));
}

Result<int> run(const shell::OptionValues& values) {
  std::unique_ptr<LsmTrace> trace;  // outlives the store that writes to it
  if (!values.at("trace").empty()) {
    STRATA_TRY(auto file, TraceFile::open(values.at("trace"), "week02-repl"));
    trace = std::make_unique<LsmTrace>(std::move(file));
  }
  Snapshots snapshots;
  STRATA_TRY(const auto stage, open_stage(values, snapshots, trace.get()));
  shell::Shell shell(*stage);
  shell.add_verb(flush_verb(*stage));
  shell.add_verb(levels_verb(*stage));
  shell.add_verb(snapshot_verb(*stage, snapshots));
  shell.add_verb(release_verb(snapshots));
  shell.add_verb(at_verb(*stage, snapshots));
  shell.add_verb(dump_verb(*stage));
  shell.add_verb(shell::crash_verb());
  if (stage->simulated())
    shell.add_verb(shell::power_cut_verb(*stage, [&] { return report(*stage); }));
  STRATA_TRY(const int status,
             shell::run_shell(shell,
                              "Strata, week 2: a log-structured merge tree. HELP lists the "
                              "commands."));
  STRATA_TRY(stage->close());
  if (trace) STRATA_TRY(trace->file->finish());
  return status;
}

}  // namespace
}  // namespace strata::lsm

int main(int argc, char** argv) {
  namespace shell = strata::shell;
  const shell::Program program{
      .name = "week02-repl",
      .summary = "The shell of week 2: a log-structured merge tree.",
      .example = "week02-repl --data /tmp/mine --sync=interval",
      .options = {shell::data_option("./data/week02"), shell::sync_option(), shell::disk_option(),
                  strata::lsm::memtable_option(), shell::trace_option()}};
  return shell::run_program(argc, argv, program, &strata::lsm::run);
}
