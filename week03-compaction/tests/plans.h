// Writes versions and plans in short forms, for tests: a table is its number and its keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compaction/plan.h"

namespace strata::compaction {

inline std::string entry_key(std::string_view user_key) {
  std::string bytes;
  lsm::append_key({user_key, lsm::SequenceNumber(1), OperationKind::kPut}, bytes);
  return bytes;
}

inline lsm::TableInfo table(std::uint64_t number, std::string_view smallest,
                            std::string_view largest, std::uint64_t bytes = 100) {
  return {.number = number,
          .file_size = bytes,
          .entries = 10,
          .smallest = entry_key(smallest),
          .largest = entry_key(largest)};
}

// A version with these tables: {level, {tables}}, in this order.
struct LevelOf {
  std::size_t level;
  std::vector<lsm::TableInfo> tables;
};
inline lsm::Version version_of(const std::vector<LevelOf>& levels) {
  lsm::Version version;
  for (const auto& [level, tables] : levels) version.levels[level] = tables;
  version.check_invariants();
  return version;
}

// A plan as text, inputs and output level: "0/3 0/2 1/1 to 1".
inline std::string drawn(const CompactionPlan& plan) {
  std::string text;
  for (const auto& [level, number] : plan.inputs)
    text += std::to_string(level) + "/" + std::to_string(number) + " ";
  return text + "to " + std::to_string(plan.output_level);
}

}  // namespace strata::compaction
