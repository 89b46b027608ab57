// The verbs FLUSH and LEVELS. LEVELS prints a list of all tables. Thread-safety: none; used by the
// shell's thread.
#pragma once

#include "shell/disk_stage.h"

namespace strata::lsm {

// Each returns a verb on the LsmStore of `stage`, which must outlive the verb.
shell::Verb flush_verb(shell::DiskStage& stage);
shell::Verb levels_verb(shell::DiskStage& stage);

}  // namespace strata::lsm
