// The shell of week 2. Its verbs: lsm_verbs/lsm_shell.h.
#include "lsm_verbs/lsm_shell.h"
#include "shell/trace_file.h"

namespace strata::lsm {
namespace {

Result<LsmOptions> options_from(const shell::OptionValues& values) {
  LsmOptions options;
  STRATA_TRY(options.sync, parse_sync_mode(values.at("sync")));
  STRATA_TRY(options.memtable_bytes, shell::parse_count(values.at("memtable")));
  return options;
}

Result<int> run(const shell::OptionValues& values) {
  const LsmShell shell{
      .program = "week02-repl",
      .banner = "Strata, week 2: a log-structured merge tree. HELP lists the commands.",
      .options = [&](Trace*) { return options_from(values); }};
  return run_lsm_shell(shell, values);
}

}  // namespace
}  // namespace strata::lsm

int main(int argc, char** argv) {
  namespace shell = strata::shell;
  const shell::Program program{
      .name = "week02-repl",
      .summary = "The shell of week 2: a log-structured merge tree.",
      .example = "week02-repl --data /tmp/mine --sync=interval",
      .options = {shell::data_option("./data/week02"), shell::sync_option(), shell::disk_option(),
                  strata::lsm::memtable_option(), shell::trace_option()}};
  return shell::run_program(argc, argv, program, &strata::lsm::run);
}
