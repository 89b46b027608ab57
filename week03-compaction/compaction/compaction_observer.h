// Watches a compactor, for example to write week 3's trace. The default does nothing.
//
// The compaction thread makes the calls, in the order of the events that they report. A call must
// not throw and must not call the store. Its arguments live until it returns.
#pragma once

#include "compaction/job.h"
#include "compaction/plan.h"

namespace strata::compaction {

class CompactionObserver {
 public:
  virtual ~CompactionObserver() = default;

  virtual void begun(const CompactionPlan& /*plan*/, const lsm::Version& /*version*/) {}
  // `version`: the result of the compaction.
  virtual void finished(const CompactionPlan& /*plan*/, const JobResult& /*result*/,
                        const lsm::Version& /*version*/) {}
  virtual void failed(const CompactionPlan& /*plan*/, const Error& /*error*/) {}

  // An observer that does nothing. Shared by all; it has no state.
  static CompactionObserver& none();
};

}  // namespace strata::compaction
