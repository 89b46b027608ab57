// What all programs with a shell have in common. So a program's main contains only what is special
// to it: its options, its store, its verbs.
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

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "shell/shell.h"

namespace strata::shell {

// `--name VALUE` or `--name=VALUE`. It may be given once, and not with an empty value: that is
// mostly a variable of a script that was not set.
struct Option {
  std::string name;      // "sync"
  std::string value;     // as --help shows it: "always|interval|never"
  std::string fallback;  // the value if the option is not given
  std::string help;
  std::function<Result<void>(std::string_view)> check = {};  // null: any value
};

// A check that accepts what `parse` accepts.
template <class Parse>
std::function<Result<void>(std::string_view)> accepted_by(Parse parse) {
  return [parse](std::string_view text) -> Result<void> {
    STRATA_TRY(parse(text));
    return {};
  };
}

// A check that accepts a number from `least` to `most`.
std::function<Result<void>(std::string_view)> number_between(std::uint64_t least,
                                                             std::uint64_t most);

// --data DIR
Option data_option(std::string fallback);
// --sync=always|interval|never. The default is "always". After the check, use parse_sync_mode() to
// read the value.
Option sync_option();

// A word on the command line that belongs to no option. It must be given.
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

// The values of all options and operands, by name. An option that was not given has its fallback.
using OptionValues = std::map<std::string, std::string, std::less<>>;
using Body = std::function<Result<int>(const OptionValues&)>;

// Reads the command line, runs `body`, and returns the exit status:
//   0  --help was given; otherwise the status that body returned
//   1  body returned an error or threw: one line on standard error
//   2  the command line is wrong: one line on standard error; body did not run
// From this call on, SIGPIPE is ignored, so that a write to a reader that went away fails with
// EPIPE; and what the process creates (stores, traces, captures) only its owner can read. See also
// prepare_descriptors() in env/descriptors.h.
int run_program(int argc, const char* const* argv, const Program& program, const Body& body);

// Runs the shell on standard input and output and returns the exit status. If both are a terminal,
// it prints `banner` and offers a prompt, history and completion. Else it treats them as pipes.
Result<int> run_shell(Shell& shell, std::string_view banner);

}  // namespace strata::shell
