// FLUSH, and LEVELS as a list of tables.
#pragma once

#include "shell/disk_stage.h"

namespace strata::lsm {

// Each answers a verb on the LsmStore of `stage`, which must outlive it.
shell::Verb flush_verb(shell::DiskStage& stage);
shell::Verb levels_verb(shell::DiskStage& stage);

}  // namespace strata::lsm
