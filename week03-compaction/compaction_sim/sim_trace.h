// A simulation as a trace, in its own time.
#pragma once

#include <functional>
#include <string_view>

#include "compaction/compaction_trace.h"
#include "compaction_sim/simulator.h"

namespace strata::compaction {

class SimTrace final : public SimObserver {
 public:
  // `write` gets one line at a time.
  SimTrace(std::string_view policy, std::function<void(std::string_view)> write);

  void flushed(std::chrono::nanoseconds now, const lsm::TableInfo& table) override;
  void begun(std::chrono::nanoseconds now, const CompactionPlan& plan,
             const lsm::Version& version) override;
  void finished(std::chrono::nanoseconds now, const SimCompaction& compaction) override;
  void stalled(std::chrono::nanoseconds now, std::chrono::nanoseconds time,
               std::size_t tables) override;

 private:
  std::chrono::nanoseconds now_{};
  Trace trace_;
  CompactionTrace events_{trace_};
};

}  // namespace strata::compaction
