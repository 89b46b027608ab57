// crash_reopen: how long a store takes to open after its process died.
//
// A child process fills the store and kills itself (SIGKILL) without closing it. Then the opening
// is timed. The child is this program, started again. A fork would not do: it copies the memory but
// no threads, and breaks what RocksDB keeps for each process. The child writes with --sync=never,
// which promises that a write survives the death of the process. Nothing more is needed here.
//
// The result should mean "bytes replayed", so everything must still be in the log. Therefore the
// write buffer of a peer is made large enough, unless --write-buffer is given, and the size of the
// log is measured before the clock starts.
//
// Thread-safety: none; used by the main thread.
#pragma once

#include <optional>

#include "workload/measurement.h"
#include "workload/settings.h"
#include "workload/subject.h"

namespace strata::workload {

// The workload is skipped if the store is not durable, or has no log and so replays nothing. The
// reopened store must have exactly the keys that the child wrote, each with its own value. This is
// checked after the measurement.
Result<Measurement> reopen_after_crash(Subject& subject, const Settings& settings);

// If the arguments are those of such a child, does its work and kills itself; if that fails,
// returns the exit status. Returns nullopt if this process is no such child. Call it first in main.
std::optional<int> fill_then_die(int argc, const char* const* argv,
                                 const std::vector<Target>& targets);

}  // namespace strata::workload
