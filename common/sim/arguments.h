// What the program of a subject is told on its command line.
//
// Thread-safety: plain data.
#pragma once

#include <cstdint>
#include <cxxopts.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "sim/recording.h"
#include "sim/subject.h"
#include "sim/swarm.h"

namespace strata::sim {

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 100;
  std::optional<std::string> script = {};
  Faults faults = {};
  Recordings recordings = {};
  std::uint64_t shrink_seconds = 60;
  bool help = false;
};

// `name`: of the program. Its help says which settings and steps a script may have.
cxxopts::Options command_line(const std::string& name, const Subject& subject);

// kInvalidArgument says what is wrong.
Result<Arguments> arguments_of(int argc, char** argv, cxxopts::Options& options,
                               const Subject& subject);

}  // namespace strata::sim
