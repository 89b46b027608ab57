// What happens to tables as a trace, for the viewer's page of levels. The events:
// common/viewer/README.md. A store and the simulator write the same.
//
// Thread-safety: that of Trace; but begun() and finished() come in turn.
#pragma once

#include <chrono>
#include <string_view>

#include "base/trace.h"
#include "compaction/plan.h"

namespace strata::compaction {

class CompactionTrace {
 public:
  // `trace` must outlive it.
  explicit CompactionTrace(Trace& trace) : trace_(trace) {}

  void opened(std::string_view policy, const lsm::Version& version);
  void flushed(const lsm::TableInfo& table);
  // Requires: `plan` was made for `version`.
  void begun(const CompactionPlan& plan, const lsm::Version& version);
  void finished(const CompactionPlan& plan, const std::vector<lsm::TableInfo>& outputs);
  // In place of the two before.
  void moved(const CompactionPlan& plan, const lsm::TableInfo& table);
  void stalled(std::chrono::nanoseconds time, std::string_view reason);

  std::uint64_t latest() const { return compaction_; }  // the number of the one begun last

 private:
  Trace& trace_;
  std::uint64_t compaction_ = 0;  // the number of the latest
};

}  // namespace strata::compaction
