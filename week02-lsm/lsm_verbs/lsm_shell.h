// The shell of an LsmStore, for this week and later ones. It opens the store, offers the verbs of
// week 2, writes the trace, and prints what recovery found.
//
//   FLUSH  LEVELS  SNAPSHOT  RELEASE  AT  DUMP  CRASH  and, on a simulated disk, POWERCUT
//
// A later week passes other options of the store, and verbs of its own. Thread-safety: none; one
// thread.
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
  std::string program;  // for example "week02-repl"; also the program's name in the trace
  std::string banner;
  // Returns the options with which the store is opened; called again after each power cut. The
  // shell itself adds the observers that write into `trace`. `trace` is null if no trace is wanted;
  // it outlives the store.
  std::function<Result<LsmOptions>(Trace* trace)> options;
  // More verbs. A verb with the name of one above replaces it.
  std::function<std::vector<shell::Verb>(shell::DiskStage&)> more_verbs = {};
};

// Runs the shell on standard input and output, for shell::run_program(). Returns the exit status.
// Requires: `values` has the values of data_option(), disk_option() and trace_option().
Result<int> run_lsm_shell(const LsmShell& shell, const shell::OptionValues& values);

// --memtable BYTES
shell::Option memtable_option();

// The store of such a shell. Requires: `stage` belongs to an LsmShell.
Result<LsmStore*> lsm_store(const shell::DiskStage& stage);
// For verbs that change its files. kUnsupported if the store is only read.
Result<LsmStore*> lsm_store_to_change(const shell::DiskStage& stage);

}  // namespace strata::lsm
