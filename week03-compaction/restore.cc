// strata-restore: makes the directory of a store from a backup.
#include <iostream>

#include "compaction/backup.h"
#include "env/posix_file_system.h"
#include "shell/program.h"

namespace strata::compaction {
namespace {

Result<int> run(const shell::OptionValues& values) {
  const std::string& from = values.at("SRC");
  const std::string& to = values.at("data");
  STRATA_TRY(const Copied copied, copy_store(env::posix_file_system(), from, to));
  std::cout << "restored " << to << " from " << from << ": " << copied.text() << '\n';
  return std::cout.flush() ? Result<int>(0) : io_error("cannot write to standard output");
}

}  // namespace
}  // namespace strata::compaction

int main(int argc, char** argv) {
  namespace shell = strata::shell;
  const shell::Program program{
      .name = "strata-restore",
      .summary = "Makes the directory of a store from a backup, which it reads to check it first.",
      .example = "strata-restore --data ./data/week03 /mnt/backup/monday",
      .options = {{"data", "DIR", "./data/week03",
                   "the directory to be; it is missing or empty, and no mount point"}},
      .operands = {{"SRC", "the backup, or a checkpoint"}}};
  return shell::run_program(argc, argv, program, &strata::compaction::run);
}
