#include "wal/log_trace.h"

#include "base/text.h"
#include "wal/entry.h"

namespace strata::wal {
namespace {

constexpr std::size_t kShownKeyBytes = 40;

// How the viewer labels a record: its first operation, and the number of operations.
struct Shown {
  std::uint64_t operations = 0;
  std::string_view verb;
  std::string key;
};

Shown show(ByteView payload) {
  Shown shown;
  EntryReader entries(payload);
  for (auto entry = entries.next(); entry && *entry; entry = entries.next()) {
    const Operation& operation = (*entry)->operation;
    if (shown.operations++ > 0) continue;
    shown.verb = shown_verb(operation.kind);
    shown.key = shown_key(operation.key);
  }
  return shown;
}

}  // namespace

std::string_view shown_verb(OperationKind kind) {
  return kind == OperationKind::kPut ? "PUT" : "DELETE";
}

std::string shown_key(std::string_view key) { return printable(key.substr(0, kShownKeyBytes)); }

void TracingObserver::segment_found(Position base, Position end) {
  trace_.event("segment_found", {{"base", base.value()}, {"end", end.value()}});
}
void TracingObserver::segment_opened(Position base) {
  trace_.event("segment_opened", {{"base", base.value()}});
}
void TracingObserver::segment_sealed(Position base, Position end) {
  trace_.event("segment_sealed", {{"base", base.value()}, {"end", end.value()}});
}
void TracingObserver::segment_dropped(Position base) {
  trace_.event("segment_dropped", {{"base", base.value()}});
}
void TracingObserver::appended(Position position, std::uint64_t frame_size, ByteView payload) {
  const Shown shown = show(payload);
  trace_.event("appended", {{"position", position.value()},
                            {"size", frame_size},
                            {"operations", shown.operations},
                            {"verb", shown.verb},
                            {"key", shown.key}});
}
void TracingObserver::flushed(Position end) { trace_.event("flushed", {{"end", end.value()}}); }
void TracingObserver::synced(Position durable_end) {
  trace_.event("synced", {{"end", durable_end.value()}});
}
void TracingObserver::vouched(Position position, std::uint64_t frame_size) {
  trace_.event("vouched", {{"position", position.value()}, {"size", frame_size}});
}
void TracingObserver::snapshot_started(Position covers_before) {
  trace_.event("snapshot_started", {{"position", covers_before.value()}});
}
void TracingObserver::snapshot_written(Position covers_before) {
  trace_.event("snapshot_written", {{"position", covers_before.value()}});
}

}  // namespace strata::wal
