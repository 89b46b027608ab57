// Writes the events of a log into a trace, for the viewer. The events are described in
// common/viewer/README.md.
#pragma once

#include <string>
#include <string_view>

#include "base/trace.h"
#include "store/write_batch.h"
#include "wal/log.h"

namespace strata::wal {

// Writes each event of a log into `trace`, which must outlive the observer. Thread-safety: that of
// Trace.
class TracingObserver final : public LogObserver {
 public:
  explicit TracingObserver(Trace& trace) : trace_(trace) {}

  void segment_found(Position base, Position end) override;
  void segment_opened(Position base) override;
  void segment_sealed(Position base, Position end) override;
  void segment_dropped(Position base) override;
  void appended(Position position, std::uint64_t frame_size, ByteView payload) override;
  void flushed(Position end) override;
  void synced(Position durable_end) override;
  void vouched(Position position, std::uint64_t frame_size) override;
  void snapshot_started(Position covers_before) override;
  void snapshot_written(Position covers_before) override;

 private:
  Trace& trace_;
};

// How a trace shows an operation and a key. A key is made printable, and cut if it is long.
std::string_view shown_verb(OperationKind kind);
std::string shown_key(std::string_view key);

}  // namespace strata::wal
