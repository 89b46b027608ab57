// Writes what happens to tables into a trace, for the viewer's page of levels.
// common/viewer/README.md lists the events. A store and the simulator write the same events.
//
// Thread-safety: as Trace, except that begun() and finished() must be called in turn.
#pragma once

#include <chrono>
#include <string_view>

#include "base/trace.h"
#include "compaction/plan.h"

namespace strata::compaction {

class CompactionTrace {
 public:
  // Requires: `trace` outlives this object.
  explicit CompactionTrace(Trace& trace) : trace_(trace) {}

  void opened(std::string_view policy, const lsm::Version& version);
  void flushed(const lsm::TableInfo& table);
  // Requires: `plan` was made for `version`.
  void begun(const CompactionPlan& plan, const lsm::Version& version);
  void finished(const CompactionPlan& plan, const std::vector<lsm::TableInfo>& outputs);
  // Instead of begun() and finished(), for a plan that only moves a table.
  void moved(const CompactionPlan& plan, const lsm::TableInfo& table);
  void stalled(std::chrono::nanoseconds time, std::string_view reason);

  std::uint64_t latest() const { return compaction_; }  // the number of the one begun last

 private:
  Trace& trace_;
  std::uint64_t compaction_ = 0;  // see latest()
};

}  // namespace strata::compaction
