// crash_reopen: how fast a store comes back after its process died.
//
// The store is filled by a child process that kills itself (SIGKILL) when it is done and
// never closes the store; then the opening is timed. The child is this program executed
// anew, not a mere fork: a fork copies memory but no threads, and what RocksDB keeps per
// process would be broken in it. The child fills with --sync=never, which promises that
// a write survives the death of the process, and that is all that happens here.
//
// For the figure to mean "bytes replayed", everything must still be in the log. So the
// write buffer of a peer is made large enough, unless --write-buffer says otherwise, and
// the log that the child left is weighed before the clock starts.
#pragma once

#include <optional>

#include "workload/measurement.h"
#include "workload/settings.h"
#include "workload/subject.h"

namespace strata::workload {

// Skipped if the store is not durable, or keeps no log and so replays nothing. The store reopened
// must hold exactly the keys that the child wrote, each with a value of its own; that is checked
// off the clock.
Result<Measurement> reopen_after_crash(Subject& subject, const Settings& settings);

// If the arguments are those of such a child: does its work and dies, or returns the
// exit status of its failure. Nothing: this is not a child. To be called first in main.
std::optional<int> fill_then_die(int argc, const char* const* argv,
                                 const std::vector<Target>& targets);

}  // namespace strata::workload
