// The shell: reads commands, runs them on a store, prints replies. One for every stage.
//
// A reply is the output of one command, or one line "Error: <message>". Each is written
// out before the next command is read, so a program can drive the shell through a pipe.
// Verbs are PUT GET DELETE SCAN BATCH COMMIT ABORT STATS HELP QUIT EXIT; a week adds its own.
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

  // Requires: verb.name is in upper case. One that is there already is replaced.
  void add_verb(Verb verb);

  // Runs one line and prints its reply, or answers the error that would be printed.
  // kNotFound: GET found no such key. A line that holds no command prints nothing.
  Result<void> execute(std::string_view line, Output& out);

  // Runs every line until QUIT or the end of the input, then says "Shutting down...".
  // Answers the exit status: 1 if a command failed and nobody was there to see it (the
  // lines are not interactive), else 0. An error means that the input or the output
  // itself broke; a reader of the output who left is not one.
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
