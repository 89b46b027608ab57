// strata-backup: copies the directory of a store of weeks 2 and 3 to another place.
#include "compaction/backup.h"

#include <iostream>

#include "env/posix_file_system.h"
#include "shell/program.h"

namespace strata::compaction {
namespace {

Result<int> run(const shell::OptionValues& values) {
  const std::string& from = values.at("from");
  const std::string& source = from.empty() ? values.at("data") : from;
  const std::string& to = values.at("DEST");
  auto copied = copy_store(env::posix_file_system(), source, to);
  if (!copied) {
    if (from.empty() && copied.error().code == ErrorCode::kNotFound)
      return not_found(copied.error().message + "; --data names another directory");
    return std::move(copied).error();
  }
  std::cout << "backed up " << source << " to " << to << ": " << copied->text() << '\n';
  return std::cout.flush() ? Result<int>(0) : io_error("cannot write to standard output");
}

}  // namespace
}  // namespace strata::compaction

int main(int argc, char** argv) {
  namespace shell = strata::shell;
  const shell::Program program{
      .name = "strata-backup",
      .summary = "Copies a store to a new directory, on any disk, and reads the copy to check it.",
      .example = "strata-backup --data ./data/week03 /mnt/backup/monday",
      .options =
          {{"data", "DIR", "./data/week03", "the directory of the store; nobody has it open"},
           {"from", "DIR", "",
            "a checkpoint, a backup, or another store that nobody has open, to copy instead"}},
      .operands = {{"DEST", "the directory of the copy; it is made"}}};
  return shell::run_program(argc, argv, program, &strata::compaction::run);
}
