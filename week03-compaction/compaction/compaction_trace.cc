#include "compaction/compaction_trace.h"

#include "wal/log_trace.h"

namespace strata::compaction {
namespace {

void table_event(Trace& trace, std::string_view name, std::size_t level,
                 const lsm::TableInfo& table) {
  const std::string smallest = wal::shown_key(lsm::smallest_user_key(table));
  const std::string largest = wal::shown_key(lsm::largest_user_key(table));
  trace.event(name, {{"table", table.number},
                     {"level", level},
                     {"file_size", table.file_size},
                     {"entries", table.entries},
                     {"smallest", smallest},
                     {"largest", largest}});
}

// "0/12 0/11 1/7": level and number of each.
std::string shown(const std::vector<lsm::NumberAt>& tables) {
  std::string text;
  for (const auto& [level, number] : tables) {
    if (!text.empty()) text += ' ';
    text += std::to_string(level) + '/' + std::to_string(number);
  }
  return text;
}

}  // namespace

void CompactionTrace::opened(std::string_view policy, const lsm::Version& version) {
  trace_.event("levels_opened", {{"policy", policy}});
  for (std::size_t level = 0; level < version.levels.size(); ++level)
    for (const lsm::TableInfo& table : version.levels[level])
      table_event(trace_, "table_found", level, table);
}

void CompactionTrace::flushed(const lsm::TableInfo& table) {
  table_event(trace_, "flush_finished", 0, table);
}

void CompactionTrace::begun(const CompactionPlan& plan, const lsm::Version& version) {
  const std::string inputs = shown(plan.inputs);
  trace_.event("compaction_begun", {{"compaction", ++compaction_},
                                    {"inputs", inputs},
                                    {"level", plan.output_level},
                                    {"bytes", bytes_of(inputs_of(plan, version))},
                                    {"reason", plan.reason}});
}

void CompactionTrace::finished(const CompactionPlan& plan,
                               const std::vector<lsm::TableInfo>& outputs) {
  for (const lsm::TableInfo& output : outputs)
    table_event(trace_, "table_written", plan.output_level, output);
  const std::string inputs = shown(plan.inputs);
  trace_.event("compaction_finished", {{"compaction", compaction_},
                                       {"inputs", inputs},
                                       {"level", plan.output_level},
                                       {"outputs", outputs.size()},
                                       {"bytes", bytes_of(outputs)}});
}

void CompactionTrace::moved(const CompactionPlan& plan, const lsm::TableInfo& table) {
  trace_.event("table_moved", {{"table", table.number},
                               {"from", plan.inputs.front().level},
                               {"level", plan.output_level},
                               {"reason", plan.reason}});
}

void CompactionTrace::stalled(std::chrono::nanoseconds time, std::string_view reason) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(time);
  trace_.event("stalled", {{"microseconds", static_cast<std::uint64_t>(microseconds.count())},
                           {"reason", reason}});
}

}  // namespace strata::compaction
