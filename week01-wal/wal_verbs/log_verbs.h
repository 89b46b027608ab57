// What the shells of all stores with a log share: the verb DUMP, and the message about a torn tail
// that opening cut off. Thread-safety: none; used by the shell's thread.
#pragma once

#include <functional>
#include <string_view>

#include "shell/disk_stage.h"
#include "wal/log.h"

namespace strata::wal {

// DUMP [n]: prints the end of the log in the directory that `log_directory` returns. Requires:
// `stage` outlives the verb.
shell::Verb dump_verb(shell::DiskStage& stage, std::function<Result<env::Path>()> log_directory);

// Prints a line on standard error that begins with `program`. Prints nothing if the tail was not
// torn.
void tell_of_torn_tail(std::string_view program, const LogRecovery& found);

}  // namespace strata::wal
