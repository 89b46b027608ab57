// What the shells of all stores with a log have in common: DUMP, and what they say when they
// found that the log ends in the middle of a record.
#pragma once

#include <functional>
#include <string_view>

#include "shell/disk_stage.h"
#include "wal/log.h"

namespace strata::wal {

// DUMP [n]: the end of the log in the directory that `log_directory` answers.
shell::Verb dump_verb(shell::DiskStage& stage, std::function<Result<env::Path>()> log_directory);

// On standard error, as `program`; nothing where the tail was not torn.
void tell_of_torn_tail(std::string_view program, const LogRecovery& found);

}  // namespace strata::wal
