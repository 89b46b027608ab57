// What the main of every program with a shell has in common, so that it holds only what
// is its own: which options, which store, which verbs.
//
//   int main(int argc, char** argv) {
//     const shell::Program program{
//         .name = "week01-repl",
//         .summary = "The shell of week 1: a map in memory over a write-ahead log.",
//         .example = "week01-repl --data /tmp/mine --sync=interval",
//         .options = {shell::data_option("./data/week01"), shell::sync_option()}};
//     return shell::run_program(argc, argv, program, &run);   // Result<int> run(OptionValues)
//   }
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "shell/shell.h"

namespace strata::shell {

// `--name VALUE` or `--name=VALUE`.
struct Option {
  std::string name;      // "sync"
  std::string value;     // as --help shows it: "always|interval|never"
  std::string fallback;  // where the option is not given
  std::string help;
  std::function<Result<void>(std::string_view)> check = {};  // null: any value but an empty one
};

// The check of an option that a parser of one word amounts to.
template <class Parse>
std::function<Result<void>(std::string_view)> accepted_by(Parse parse) {
  return [parse](std::string_view text) -> Result<void> {
    STRATA_TRY(parse(text));
    return {};
  };
}

// --data DIR
Option data_option(std::string fallback);
// --sync=always|interval|never, "always" where it is not given. A value that passed its
// check is read by parse_sync_mode().
Option sync_option();

// A word that stands by itself; it has to be given.
struct Operand {
  std::string name;  // "DEST"
  std::string help;
};

struct Program {
  std::string name;     // "week01-repl"
  std::string summary;  // one line
  std::string example;  // a command line that works
  std::vector<Option> options;
  std::vector<Operand> operands = {};
};

// Every option of the program, given or not, and every operand, by its name.
using OptionValues = std::map<std::string, std::string, std::less<>>;
using Body = std::function<Result<int>(const OptionValues&)>;

// Reads the command line, runs `body`, answers the exit status:
//   0  --help was given, or what body answered
//   1  body answered an error (or threw): one line on standard error
//   2  the command line is wrong: one line on standard error, and body did not run
// SIGPIPE is ignored from here on, so that a reader who leaves is seen as EPIPE; and the process
// may open as many files as the system lets it.
int run_program(int argc, const char* const* argv, const Program& program, const Body& body);

// Runs the shell on standard input and output: with prompt, history and completion where
// both are a terminal (`banner` first), else as a pipe. Answers the exit status.
Result<int> run_shell(Shell& shell, std::string_view banner);

}  // namespace strata::shell
