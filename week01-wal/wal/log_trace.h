// The life of a log as a trace, for the viewer. The events: common/viewer/README.md.
#pragma once

#include <string>
#include <string_view>

#include "base/trace.h"
#include "store/write_batch.h"
#include "wal/log.h"

namespace strata::wal {

// Writes what happens to a log into a trace, which must outlive it.
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

// How a trace names an operation, and a key: readable, and cut if it is long.
std::string_view shown_verb(OperationKind kind);
std::string shown_key(std::string_view key);

}  // namespace strata::wal
