// Writes what happens in a world into files. Each file is written by a run of its own: a world is a
// function of its plan.
//
// Blocks: on the disk.
#pragma once

#include <string>

#include "sim/subject.h"

namespace strata::sim {

// The files to write; empty: none.
struct Recordings {
  std::string trace;    // for the viewer: lanes, messages, faults
  std::string history;  // for the viewer: what the clients have seen, and why it cannot be
  std::string shiviz;   // for ShiViz

  bool empty() const { return trace.empty() && history.empty() && shiviz.empty(); }
};

// `program`: "week04-sim". Requires: `plan` is complete(). kConflict: one of them exists and is a
// file of another kind; kIo: it cannot be written.
Result<void> write_recordings(const Subject& subject, const Plan& plan, const std::string& program,
                              const Recordings& files);

}  // namespace strata::sim
