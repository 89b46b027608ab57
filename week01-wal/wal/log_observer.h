// Watches a log from the outside: what the trace of week 1 is made of. The default sees
// nothing. Calls come on the thread that uses the log, in the order of what they report.
#pragma once

#include <cstdint>

#include "wal/position.h"

namespace strata::wal {

class LogObserver {
 public:
  virtual ~LogObserver() = default;

  virtual void segment_opened(Position /*base*/) {}
  virtual void segment_sealed(Position /*base*/, Position /*end*/) {}
  virtual void segment_dropped(Position /*base*/) {}
  virtual void appended(Position /*position*/, std::uint64_t /*frame_size*/) {}
  virtual void flushed(Position /*end*/) {}
  virtual void synced(Position /*durable_end*/) {}

  // Shared, stateless.
  static LogObserver& none();
};

}  // namespace strata::wal
