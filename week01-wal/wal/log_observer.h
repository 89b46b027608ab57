// Watches a log from the outside: what the trace of week 1 is made of. The default sees
// nothing. Calls come on the thread that uses the log, in the order of what they report;
// those about a snapshot on the thread that writes it, beside the others.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "wal/position.h"

namespace strata::wal {

class LogObserver {
 public:
  virtual ~LogObserver() = default;

  // Open found a sealed segment; segment_opened() follows for the last one.
  virtual void segment_found(Position /*base*/, Position /*end*/) {}
  virtual void segment_opened(Position /*base*/) {}
  virtual void segment_sealed(Position /*base*/, Position /*end*/) {}
  virtual void segment_dropped(Position /*base*/) {}
  virtual void appended(Position /*position*/, std::uint64_t /*size*/, ByteView /*payload*/) {}
  virtual void flushed(Position /*end*/) {}
  virtual void synced(Position /*durable_end*/) {}
  // An empty frame at `position` vouches for all before it, and is durable itself.
  virtual void vouched(Position /*position*/, std::uint64_t /*frame_size*/) {}
  virtual void snapshot_started(Position /*covers_before*/) {}
  virtual void snapshot_written(Position /*covers_before*/) {}

  // Shared, stateless.
  static LogObserver& none();
};

}  // namespace strata::wal
