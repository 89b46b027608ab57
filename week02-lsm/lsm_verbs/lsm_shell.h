// The shell of a store that is an LsmStore, for this week and those that build on it: it opens
// the store, has the verbs of week 2, writes the trace, and says what recovery found.
//
//   FLUSH  LEVELS  SNAPSHOT  RELEASE  AT  DUMP  CRASH  and, on a simulated disk, POWERCUT
//
// A later week gives other options of the store, and verbs of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/trace.h"
#include "lsm/lsm_store.h"
#include "shell/disk_stage.h"
#include "shell/program.h"

namespace strata::lsm {

struct LsmShell {
  std::string program;  // "week02-repl": also who the trace says it is from
  std::string banner;
  // How the store is opened; asked again after each power cut. The shell itself sets what
  // writes into `trace`, which is null if none is wanted, and outlives the store.
  std::function<Result<LsmOptions>(Trace* trace)> options;
  // Verbs beyond those above; one of the same name takes the other's place.
  std::function<std::vector<shell::Verb>(shell::DiskStage&)> more_verbs = {};
};

// Runs it on standard input and output, for shell::run_program(). Requires: `values` has those
// of data_option(), disk_option() and trace_option().
Result<int> run_lsm_shell(const LsmShell& shell, const shell::OptionValues& values);

// --memtable BYTES
shell::Option memtable_option();

// The store of such a shell.
Result<LsmStore*> lsm_store(const shell::DiskStage& stage);

}  // namespace strata::lsm
