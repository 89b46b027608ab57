// Writes what compactions do to a store into a trace, beside the events of week 2's store and its
// log. The events are those of CompactionTrace, so the viewer shows a store in the same way as the
// simulator.
//
// Thread-safety: none; the compaction thread makes all calls.
#pragma once

#include <string_view>

#include "compaction/compaction_observer.h"
#include "compaction/compaction_trace.h"

namespace strata::compaction {

// Lifetime: the trace must outlive this object.
class TracingObserver final : public CompactionObserver {
 public:
  explicit TracingObserver(Trace& trace) : trace_(trace), events_(trace) {}

  // A store is being opened. (lsm::TracingObserver reports the tables that it has.)
  void opening(std::string_view policy) { events_.opened(policy, {}); }

  void begun(const CompactionPlan& plan, const lsm::Version& version) override;
  void finished(const CompactionPlan& plan, const JobResult& result,
                const lsm::Version& version) override;
  void failed(const CompactionPlan& plan, const Error& error) override;

 private:
  Trace& trace_;
  CompactionTrace events_;
  lsm::Version before_;  // the version when the running compaction began
};

}  // namespace strata::compaction
