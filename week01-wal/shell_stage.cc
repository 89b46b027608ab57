#include "shell_stage.h"

#include <fmt/format.h>

#include "base/text.h"
#include "env/posix_file_system.h"
#include "wal/entry.h"

namespace strata::wal {
namespace {

constexpr std::size_t kShownKeyBytes = 40;

// A record as the viewer labels it: its first operation, and how many there are.
struct Shown {
  std::uint64_t operations = 0;
  std::string_view verb;
  std::string key;  // readable; a long one is cut
};

Shown show(ByteView payload) {
  Shown shown;
  EntryReader entries(payload);
  for (auto entry = entries.next(); entry && *entry; entry = entries.next()) {
    const Operation& operation = (*entry)->operation;
    if (shown.operations++ > 0) continue;
    shown.verb = operation.kind == OperationKind::kPut ? "PUT" : "DELETE";
    shown.key = printable(operation.key.substr(0, kShownKeyBytes));
  }
  return shown;
}

}  // namespace

void TracingObserver::segment_found(Position base, Position end) {
  event("segment_found", {{"base", base.value()}, {"end", end.value()}});
}
void TracingObserver::segment_opened(Position base) {
  event("segment_opened", {{"base", base.value()}});
}
void TracingObserver::segment_sealed(Position base, Position end) {
  event("segment_sealed", {{"base", base.value()}, {"end", end.value()}});
}
void TracingObserver::segment_dropped(Position base) {
  event("segment_dropped", {{"base", base.value()}});
}
void TracingObserver::appended(Position position, std::uint64_t frame_size, ByteView payload) {
  const Shown shown = show(payload);
  event("appended", {{"position", position.value()},
                     {"size", frame_size},
                     {"operations", shown.operations},
                     {"verb", shown.verb},
                     {"key", shown.key}});
}
void TracingObserver::flushed(Position end) { event("flushed", {{"end", end.value()}}); }
void TracingObserver::synced(Position durable_end) {
  event("synced", {{"end", durable_end.value()}});
}
void TracingObserver::vouched(Position position, std::uint64_t frame_size) {
  event("vouched", {{"position", position.value()}, {"size", frame_size}});
}
void TracingObserver::snapshot_started(Position covers_before) {
  event("snapshot_started", {{"position", covers_before.value()}});
}
void TracingObserver::snapshot_written(Position covers_before) {
  event("snapshot_written", {{"position", covers_before.value()}});
}

Result<std::unique_ptr<ShellStage>> ShellStage::open(const Options& options,
                                                     std::function<void(std::string_view)> say) {
  std::unique_ptr<ShellStage> stage(new ShellStage(options, std::move(say)));
  if (!options.trace_file.empty()) {
    stage->start_trace();
    if (!stage->trace_out_)
      return io_error(fmt::format("cannot write the trace {}", options.trace_file));
  }
  if (options.simulated_disk) stage->disk_ = std::make_unique<env::SimulatedFileSystem>();
  STRATA_TRY(stage->open_store());
  return stage;
}

void ShellStage::start_trace() {
  trace_out_.open(options_.trace_file, std::ios::trunc);
  trace_ = std::make_unique<Trace>(
      "week01-repl", [this](std::string_view line) { trace_out_ << line << std::flush; },
      [] { return env::system_clock().steady(); });
  observer_ = std::make_unique<TracingObserver>(*trace_);
}

env::FileSystem& ShellStage::file_system() {
  if (disk_) return *disk_;
  return env::posix_file_system();
}

Result<void> ShellStage::open_store() {
  LoggedStoreOptions options;
  options.sync = options_.sync;
  if (observer_) options.log.observer = observer_.get();
  options.on_recovery_progress = [this](const RecoveryProgress& progress) {
    say_(fmt::format("recovering: {} of {} MiB of log", progress.bytes_done >> 20,
                     progress.bytes_total >> 20));
  };
  const env::Path directory = disk_ ? env::Path("/simulated") : options_.directory;
  if (trace_)
    trace_->event("opening", {{"disk", disk_ ? "simulated" : "real"},
                              {"sync", name_of(options.sync)},
                              {"segment_bytes", options.log.segment_bytes}});
  STRATA_TRY(store_, LoggedStore::open(file_system(), directory, std::move(options)));
  report_recovery();
  return {};
}

void ShellStage::report_recovery() {
  const LogRecovery& found = store_->recovery();
  if (trace_)
    trace_->event("recovered", {{"records", found.records},
                                {"tail", name_of(found.tail)},
                                {"torn_bytes", found.torn_bytes}});
  if (found.tail == TailState::kTorn)
    say_(fmt::format("cut off a torn tail of {} bytes; nothing vouches that it was ever synced",
                     found.torn_bytes));
}

Result<void> ShellStage::cut_power(const env::PowerCut& cut) {
  if (observer_) observer_->set_power(false);
  auto left = disk_->after_power_cut(cut);
  if (trace_) trace_->event("power_cut", {{"how", cut.describe()}});
  // The old store goes with its disk; what it still does to that disk nobody will see.
  store_.reset();
  disk_ = std::move(left);
  if (observer_) observer_->set_power(true);
  return open_store();
}

}  // namespace strata::wal
