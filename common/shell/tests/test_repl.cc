// A shell over a store in memory, for the tests to drive from outside. Its options are those
// of an embedded week.
#include "base/not_written.h"
#include "shell/program.h"
#include "store/memory_store.h"

namespace {

using namespace strata;

Result<int> run(const shell::OptionValues& options) {
  if (options.at("data") == "/broken") return io_error("cannot open /broken:\nno such thing");
  MemoryStore store;
  shell::Shell shell(store);
  shell.add_verb(shell::crash_verb());
  shell.add_verb({.name = "UNWRITTEN",
                  .usage = "UNWRITTEN",
                  .help = "does what a learner has not written yet",
                  .run = [](const shell::Arguments&, shell::Output&) -> Result<void> {
                    throw NotWritten("1.2");
                  }});
  return shell::run_shell(shell, "Strata, a store for tests. HELP lists the commands.");
}

}  // namespace

int main(int argc, char** argv) {
  const shell::Program program{
      .name = "shell-test-repl",
      .summary = "The shell over a map in memory.",
      .example = "shell-test-repl --sync=never",
      .options = {shell::data_option("./data/test"), shell::sync_option()}};
  return shell::run_program(argc, argv, program, &run);
}
