// Is told what a log does. The trace of week 1 is written by such an observer. By default each
// function does nothing.
//
// Thread-safety: the log calls an observer on the thread that uses the log, in the order of the
// events. snapshot_started() and snapshot_written() come on the thread that writes the snapshot,
// and may run at the same time as the other calls. An observer must not call the log.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "wal/position.h"

namespace strata::wal {

class LogObserver {
 public:
  virtual ~LogObserver() = default;

  // open() found a sealed segment. For the last segment it calls segment_opened() instead.
  virtual void segment_found(Position /*base*/, Position /*end*/) {}
  virtual void segment_opened(Position /*base*/) {}
  virtual void segment_sealed(Position /*base*/, Position /*end*/) {}
  virtual void segment_dropped(Position /*base*/) {}
  virtual void appended(Position /*position*/, std::uint64_t /*size*/, ByteView /*payload*/) {}
  virtual void flushed(Position /*end*/) {}
  virtual void synced(Position /*durable_end*/) {}
  // An empty frame was written at `position`. It vouches for everything before it, and it is
  // durable.
  virtual void vouched(Position /*position*/, std::uint64_t /*frame_size*/) {}
  virtual void snapshot_started(Position /*covers_before*/) {}
  virtual void snapshot_written(Position /*covers_before*/) {}

  // An observer that does nothing. Shared by all logs; it has no state.
  static LogObserver& none();
};

}  // namespace strata::wal
