// Watches a compactor from the outside: what the trace of week 3 is made of. The default sees
// nothing.
//
// Calls come from the thread that compacts, in the order of what they report. None may throw,
// or call the store. What a call is given lives until it returns.
#pragma once

#include "compaction/job.h"
#include "compaction/plan.h"

namespace strata::compaction {

class CompactionObserver {
 public:
  virtual ~CompactionObserver() = default;

  virtual void begun(const CompactionPlan& /*plan*/, const lsm::Version& /*version*/) {}
  // `version`: what has come of it.
  virtual void finished(const CompactionPlan& /*plan*/, const JobResult& /*result*/,
                        const lsm::Version& /*version*/) {}
  virtual void failed(const CompactionPlan& /*plan*/, const Error& /*error*/) {}

  // Shared, stateless.
  static CompactionObserver& none();
};

}  // namespace strata::compaction
