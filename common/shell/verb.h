// One command of the shell: what HELP says about it, which arguments it takes, what it does.
//
// A week adds its own like this:
//
//   shell.add_verb({.name = "CHECKPOINT",
//                   .usage = "CHECKPOINT",
//                   .help = "writes the whole map to one file and drops the log before it",
//                   .run = [&](const Arguments&, Output& out) -> Result<void> {
//                     STRATA_TRY(store->checkpoint());
//                     out.line("OK");
//                     return {};
//                   }});
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"
#include "shell/command.h"
#include "shell/output.h"

namespace strata::shell {

struct Verb {
  std::string name;   // in upper case; it may be typed in any case
  std::string usage;  // "PUT <key> <value>"
  std::string help;   // one line: what it does

  // If a command has fewer or more arguments, the shell prints the usage and does not call run.
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
  std::optional<std::size_t> rest = {};  // see parse_arguments()

  // Prints the reply, or returns an error, which the shell prints as "Error: <message>". The output
  // is written when run returns. A verb that ends the process must call out.flush() before that.
  std::function<Result<void>(const Arguments&, Output&)> run = {};
};

// CRASH: ends the process at once by SIGKILL. For the program this is like a power cut: no
// destructor runs, and no file is closed properly.
Verb crash_verb();

}  // namespace strata::shell
