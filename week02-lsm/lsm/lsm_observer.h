// Is told what a store does. The trace of week 2 is written by such an observer. By default each
// function does nothing.
//
// Thread-safety: calls come in the order of the events, from up to two threads at once: the leader
// of a commit (the thread that writes the log for its group), and the thread that flushes (the
// flusher; without threads that is the leader). The store holds no mutex during a call, so a
// call may be slow; but writers wait for their leader, and a flush waits for its flusher. A call
// must not throw, and must not call the store. Its arguments live until it returns.
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
    const Version& version;    // the version in the manifest
    const Memtable& memtable;  // the operations replayed from the log
    SequenceNumber sequence;   // of the last operation
    const wal::LogRecovery& log;
  };

  virtual ~LsmObserver() = default;

  // The store is open for reading. Called on the thread that opens it, before any other call.
  virtual void recovered(const Recovered& /*found*/) {}

  // On the leader: readers now see these batches. Their operations have consecutive sequence
  // numbers, from `first` on, and are in `memtable`.
  virtual void applied(SequenceNumber /*first*/, std::span<const WriteBatch* const> /*batches*/,
                       const Memtable& /*memtable*/) {}
  // On the leader: `memtable` takes no more entries, and its last operation is `last`. The
  // operations before `log_start` in the log are in it or in tables. Its flush begins after this
  // call.
  virtual void set_aside(const Memtable& /*memtable*/, SequenceNumber /*last*/,
                         wal::Position /*log_start*/) {}

  // On the thread that flushes. A flush that failed may begin again. A flush that threw an
  // exception is not reported.
  virtual void flush_begun(const Memtable& /*memtable*/) {}
  // The new table is durable and the first one of level 0. Readers use it after this call.
  virtual void flush_finished(const Version& /*version*/) {}
  virtual void flush_failed(const Error& /*error*/) {}

  // An observer that does nothing. Shared by all stores; it has no state.
  static LsmObserver& none();
};

}  // namespace strata::lsm
