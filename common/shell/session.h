// What the shell's own verbs share. Private to the shell.
#pragma once

#include <optional>
#include <vector>

#include "shell/verb.h"
#include "store/store.h"

namespace strata::shell {

// The writes between BATCH and COMMIT.
struct OpenBatch {
  WriteBatch writes;
  // A command since BATCH failed. All or none: COMMIT will refuse.
  bool spoiled = false;
};

struct Session {
  Store& store;
  std::optional<OpenBatch> batch = {};
  bool finished = false;  // QUIT was given
};

// Each answers verbs that work on `session`, which must outlive them.
std::vector<Verb> store_verbs(Session& session);  // PUT GET DELETE STATS
Verb scan_verb(Session& session);
std::vector<Verb> batch_verbs(Session& session);  // BATCH COMMIT ABORT

// Writes now, or adds to the open batch; prints OK or QUEUED.
Result<void> put_or_queue(Session& session, std::string_view key, std::string_view value,
                          Output& out);
Result<void> remove_or_queue(Session& session, std::string_view key, Output& out);

// For the end of the input: an error if a batch is open, which is dropped.
Result<void> drop_open_batch(Session& session);

}  // namespace strata::shell
