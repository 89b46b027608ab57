// One command of the shell: what HELP says about it, what arguments it takes, what it does.
//
// This is how a week adds its own:
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
  std::string name;   // upper case; typed in any
  std::string usage;  // "PUT <key> <value>"
  std::string help;   // one line: what it does

  // A command with fewer or more is answered with the usage, and run is not called.
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
  std::optional<std::size_t> rest = {};  // see parse_arguments()

  // Prints the reply, or answers an error that the shell prints as "Error: <message>".
  // What is printed reaches the reader when run returns; a verb that ends the process
  // itself calls out.flush() first if it has something to say.
  std::function<Result<void>(const Arguments&, Output&)> run = {};
};

// CRASH: ends the process at once by SIGKILL, as a power cut would as far as the program
// is concerned. No destructor runs and no file is closed in good order.
Verb crash_verb();

}  // namespace strata::shell
