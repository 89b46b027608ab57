#include "compaction_sim/sim_trace.h"

#include <fmt/format.h>

namespace strata::compaction {

SimTrace::SimTrace(std::string_view policy, std::function<void(std::string_view)> write)
    : trace_("week03-compaction-sim", std::move(write), [this] { return now_; }) {
  events_.opened(policy, {});
}

void SimTrace::flushed(std::chrono::nanoseconds now, const lsm::TableInfo& table) {
  now_ = now;
  events_.flushed(table);
}

void SimTrace::begun(std::chrono::nanoseconds now, const CompactionPlan& plan,
                     const lsm::Version& version) {
  now_ = now;
  events_.begun(plan, version);
}

void SimTrace::finished(std::chrono::nanoseconds now, const SimCompaction& compaction) {
  now_ = now;
  if (compaction.move)
    events_.moved(compaction.plan, compaction.outputs.front());
  else
    events_.finished(compaction.plan, compaction.outputs);
}

void SimTrace::stalled(std::chrono::nanoseconds now, std::chrono::nanoseconds time,
                       std::size_t tables) {
  now_ = now;
  events_.stalled(time, fmt::format("level 0 had {} tables", tables));
}

}  // namespace strata::compaction
