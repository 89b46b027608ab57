// The results of simulations, in text.
#pragma once

#include <span>
#include <string>

#include "compaction_sim/simulator.h"

namespace strata::compaction {

// The levels over time, one line for each sample. Shows only levels that ever had a table.
std::string levels_text(std::string_view policy, const SimResult& result);

struct NamedFigures {
  std::string policy;
  SimFigures figures;
};
// The figures of each policy, side by side.
std::string figures_text(std::span<const NamedFigures> all);

}  // namespace strata::compaction
