// The shell: it reads commands, runs them on a store, and prints replies. All stages use it.
//
// The reply to a command is its output, or one line "Error: <message>". Each reply is written
// before the next command is read, so a program can use the shell through a pipe. The built-in
// verbs are PUT GET DELETE SCAN BATCH COMMIT ABORT STATS HELP QUIT EXIT; a week adds its own.
//
// Thread-safety: none; one owner.
#pragma once

#include <string>
#include <vector>

#include "shell/line_source.h"
#include "shell/output.h"
#include "shell/session.h"
#include "shell/verb.h"
#include "store/store.h"

namespace strata::shell {

class Shell {
 public:
  // `store` must outlive the shell.
  explicit Shell(Store& store);
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  // Requires: verb.name is in upper case. A verb with the same name is replaced.
  void add_verb(Verb verb);

  // Runs one line and prints its reply. On failure it returns the error and does not print it.
  // kNotFound: GET found no such key. A line without a command prints nothing.
  Result<void> execute(std::string_view line, Output& out);

  // Runs all lines until QUIT or the end of the input, then prints "Shutting down...". Returns the
  // exit status: 1 if a command failed and the lines are not interactive, else 0. It returns an
  // error only if reading the input or writing the output failed; a reader of the output that went
  // away is no error.
  Result<int> run(LineSource& lines, Output& out);

  std::vector<std::string> verb_names() const;

 private:
  bool answer(const Line& line, Output& out);
  Result<void> execute_guarded(const Line& line, Output& out);
  Result<void> execute_all(LineSource& lines, Output& out, bool& failed);
  Result<void> help(const Arguments& arguments, Output& out) const;
  const Verb* find(std::string_view name) const;

  Session session_;
  std::vector<Verb> verbs_;
};

}  // namespace strata::shell
