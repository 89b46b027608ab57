// What the shell's built-in verbs share. Private to the shell. Thread-safety: none; one owner.
#pragma once

#include <optional>
#include <vector>

#include "shell/verb.h"
#include "store/store.h"

namespace strata::shell {

// The writes between BATCH and COMMIT.
struct OpenBatch {
  WriteBatch writes;
  // A command since BATCH failed. So COMMIT will refuse the whole batch.
  bool spoiled = false;
};

struct Session {
  Store& store;
  std::optional<OpenBatch> batch = {};
  bool finished = false;  // QUIT was given
};

// Each returns verbs that use `session`; it must outlive them.
std::vector<Verb> store_verbs(Session& session);  // PUT GET DELETE STATS
Verb scan_verb(Session& session);
std::vector<Verb> batch_verbs(Session& session);  // BATCH COMMIT ABORT

// Writes at once and prints OK; if a batch is open, adds to it and prints QUEUED.
Result<void> put_or_queue(Session& session, std::string_view key, std::string_view value,
                          Output& out);
Result<void> remove_or_queue(Session& session, std::string_view key, Output& out);

// For the end of the input. If a batch is open, drops it and returns an error.
Result<void> drop_open_batch(Session& session);

}  // namespace strata::shell
