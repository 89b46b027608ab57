#include "compaction/tracing_observer.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace strata::compaction {

// A move writes no table, so it is reported only when it is done.
void TracingObserver::begun(const CompactionPlan& plan, const lsm::Version& version) {
  before_ = version;
  if (!is_move(plan, version)) events_.begun(plan, version);
}

void TracingObserver::finished(const CompactionPlan& plan, const JobResult& /*result*/,
                               const lsm::Version& version) {
  if (is_move(plan, before_)) return events_.moved(plan, inputs_of(plan, before_).front());
  std::vector<lsm::TableInfo> outputs;
  const auto& there = before_.levels[plan.output_level];
  for (const lsm::TableInfo& table : version.levels[plan.output_level])
    if (std::ranges::find(there, table.number, &lsm::TableInfo::number) == there.end())
      outputs.push_back(table);
  events_.finished(plan, outputs);
}

void TracingObserver::failed(const CompactionPlan& plan, const Error& error) {
  const std::string reason = one_line(plan.reason + ": " + error.message);
  trace_.event("compaction_failed", {{"compaction", events_.latest()}, {"reason", reason}});
}

}  // namespace strata::compaction
