// What compactions do to a store as a trace, beside those of week 2's store and its log. The
// events are those of CompactionTrace, so the viewer shows a store as it shows the simulator.
#pragma once

#include <string_view>

#include "compaction/compaction_observer.h"
#include "compaction/compaction_trace.h"

namespace strata::compaction {

// Writes into a trace, which must outlive it.
class TracingObserver final : public CompactionObserver {
 public:
  explicit TracingObserver(Trace& trace) : trace_(trace), events_(trace) {}

  // A store is being opened; what tables it has, lsm::TracingObserver tells.
  void opening(std::string_view policy) { events_.opened(policy, {}); }

  void begun(const CompactionPlan& plan, const lsm::Version& version) override;
  void finished(const CompactionPlan& plan, const JobResult& result,
                const lsm::Version& version) override;
  void failed(const CompactionPlan& plan, const Error& error) override;

 private:
  Trace& trace_;
  CompactionTrace events_;
  lsm::Version before_;  // when the one that runs began
};

}  // namespace strata::compaction
