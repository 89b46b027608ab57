// The life of a store as a trace, for the viewer. The events: common/viewer/README.md. Those
// of its log are written by wal::TracingObserver, into the same trace.
#pragma once

#include "base/trace.h"
#include "lsm/lsm_observer.h"

namespace strata::lsm {

// Writes what happens to a store into a trace, which must outlive it.
class TracingObserver final : public LsmObserver {
 public:
  explicit TracingObserver(Trace& trace) : trace_(trace) {}

  void recovered(const Recovered& found) override;
  void applied(SequenceNumber first, std::span<const WriteBatch* const> batches,
               const Memtable& memtable) override;
  void set_aside(const Memtable& memtable, SequenceNumber last, wal::Position log_end) override;
  void flush_begun(const Memtable& memtable) override;
  void flush_finished(const Version& version) override;
  void flush_failed(const Error& error) override;

 private:
  void applied_batch(SequenceNumber first, const WriteBatch& batch, const Memtable& memtable);

  Trace& trace_;
};

}  // namespace strata::lsm
