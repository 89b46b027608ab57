// The command line of week03-compaction-sim, parsed and checked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compaction_sim/simulator.h"

namespace strata::compaction {

struct SimSettings {
  bool help = false;
  std::vector<std::string> policies = {"levelled"};
  SimOptions options;
  std::optional<std::string> json;  // the file of the trace
};

// kInvalidArgument, with a message of one line, for an unknown option or word, or a value out of
// range.
Result<SimSettings> parse_sim_settings(int argc, const char* const* argv);

// What --help prints.
std::string sim_help_text();

// The policy with that name, for memtables of that size: the base level holds four memtables, and a
// table holds one. Null if there is no such policy.
std::unique_ptr<CompactionPolicy> make_policy(std::string_view name, std::uint64_t memtable_bytes);

}  // namespace strata::compaction
