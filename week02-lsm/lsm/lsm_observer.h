// Watches a store from the outside: what the trace of week 2 is made of. The default sees
// nothing.
//
// Calls come in the order of what they report, and may come from two threads at once: on the
// leader of a commit (the thread that happens to write the log for others), and on whoever
// flushes (the flusher, or with FlushMode::kInline the leader). No mutex is held during any of
// them, so one may be slow; but writers wait for their leader, and a flush for its flusher. No
// call may throw, or call the store. What a call is given lives until it returns.
#pragma once

#include <cstdint>
#include <span>

#include "lsm/memtable.h"
#include "lsm/version.h"
#include "wal/log.h"

namespace strata::lsm {

class LsmObserver {
 public:
  struct Recovered {
    const Version& version;    // the tables that the manifest names
    const Memtable& memtable;  // what was replayed from the log behind them
    SequenceNumber sequence;   // of the last operation
    const wal::LogRecovery& log;
  };

  virtual ~LsmObserver() = default;

  // The store can be read. On the thread that opens it, before any other call.
  virtual void recovered(const Recovered& /*found*/) {}

  // On the leader, when readers see these batches. They took their sequence numbers one after
  // the other, from `first` on, and lie in `memtable` now.
  virtual void applied(SequenceNumber /*first*/, std::span<const WriteBatch* const> /*batches*/,
                       const Memtable& /*memtable*/) {}
  // On the leader: `memtable` takes nothing more, its last operation is `last`, and what the
  // log says before `log_end` is in it or in tables. Its flush begins after this call.
  virtual void set_aside(const Memtable& /*memtable*/, SequenceNumber /*last*/,
                         wal::Position /*log_end*/) {}

  // On whoever flushes. One that failed may begin again; one that threw is not told of.
  virtual void flush_begun(const Memtable& /*memtable*/) {}
  // The new table is durable and the first of level 0. Readers look into it after this call.
  virtual void flush_finished(const Version& /*version*/) {}
  virtual void flush_failed(const Error& /*error*/) {}

  // Shared, stateless.
  static LsmObserver& none();
};

}  // namespace strata::lsm
