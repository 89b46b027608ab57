// What the shells of all stores with a log share: the verb DUMP, and the message about a torn tail
// that opening cut off. Thread-safety: none; used by the shell's thread.
#pragma once

#include <functional>
#include <string_view>

#include "shell/verb.h"
#include "wal/log.h"

namespace strata::wal {

// Where a store has its log, and the file system that finds it there.
struct LogPlace {
  env::FileSystem& files;
  env::Path directory;
};

// DUMP [n]: prints the end of the log in the place that `log_place` returns.
shell::Verb dump_verb(std::function<Result<LogPlace>()> log_place);

// Prints a line on standard error that begins with `program`. Prints nothing if the tail was not
// torn.
void tell_of_torn_tail(std::string_view program, const LogRecovery& found);

}  // namespace strata::wal
