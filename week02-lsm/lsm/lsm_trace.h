// Writes the events of a store into a trace, for the viewer. The events are described in
// common/viewer/README.md. wal::TracingObserver writes the events of the log into the same trace.
#pragma once

#include "base/trace.h"
#include "lsm/lsm_observer.h"

namespace strata::lsm {

// Writes each event of a store into `trace`, which must outlive the observer. Thread-safety: that
// of Trace.
class TracingObserver final : public LsmObserver {
 public:
  explicit TracingObserver(Trace& trace) : trace_(trace) {}

  void recovered(const Recovered& found) override;
  void applied(SequenceNumber first, std::span<const WriteBatch* const> batches,
               const Memtable& memtable) override;
  void set_aside(const Memtable& memtable, SequenceNumber last, wal::Position log_start) override;
  void flush_begun(const Memtable& memtable) override;
  void flush_finished(const Version& version) override;
  void flush_failed(const Error& error) override;

 private:
  void applied_batch(SequenceNumber first, const WriteBatch& batch, const Memtable& memtable);

  Trace& trace_;
};

}  // namespace strata::lsm
