#include "log_trace.h"

#include <fmt/format.h>

#include "base/text.h"
#include "env/clock.h"
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

LogTrace::LogTrace(const std::string& file, std::string_view program)
    : out_(file, std::ios::trunc),
      trace_(
          program, [this](std::string_view line) { out_ << line << std::flush; },
          [] { return env::system_clock().steady(); }) {}

Result<std::unique_ptr<LogTrace>> LogTrace::open(const std::string& file,
                                                 std::string_view program) {
  std::unique_ptr<LogTrace> trace(new LogTrace(file, program));
  if (!trace->out_) return io_error(fmt::format("cannot write the trace {}", file));
  return trace;
}

void LogTrace::opening(bool simulated, const LoggedStoreOptions& options) {
  trace_.event("opening", {{"disk", simulated ? "simulated" : "real"},
                           {"sync", name_of(options.sync)},
                           {"segment_bytes", options.log.segment_bytes}});
}

void LogTrace::recovered(const LogRecovery& found) {
  trace_.event("recovered", {{"records", found.records},
                             {"tail", name_of(found.tail)},
                             {"torn_bytes", found.torn_bytes}});
}

void LogTrace::power_off(const env::PowerCut& cut) {
  observer_.set_power(false);
  trace_.event("power_cut", {{"how", cut.describe()}});
}

}  // namespace strata::wal
