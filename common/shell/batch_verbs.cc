// BATCH, COMMIT and ABORT, and what PUT and DELETE do between them.
//
// The writes of a batch are checked and kept here. COMMIT gives them all to the store at once;
// until then GET and SCAN do not see them. If any command since BATCH failed, COMMIT refuses,
// because the batch is not what its author wanted.
#include <fmt/format.h>

#include <utility>

#include "shell/session.h"

namespace strata::shell {
namespace {

// `more`: the size of the key and the value that would be added, in bytes.
Result<void> check_room(const OpenBatch& batch, std::size_t more) {
  const std::size_t size = batch.writes.byte_size() + more + kOperationOverhead;
  if (size <= kMaxBatchSize) return {};
  return invalid_argument(fmt::format(
      "the batch would have {} bytes; {} are allowed; COMMIT smaller ones", size, kMaxBatchSize));
}

Result<void> begin(Session& session, Output& out) {
  if (session.batch) return conflict("a batch is open already; COMMIT writes it, ABORT drops it");
  if (!session.store.capabilities().writable)
    return unsupported("the store is only read, so no batch can be written");
  session.batch.emplace();
  out.line("OK");
  return {};
}

Result<OpenBatch> take_batch(Session& session) {
  if (!session.batch) return invalid_argument("no batch is open; BATCH begins one");
  return *std::exchange(session.batch, std::nullopt);
}

Result<void> commit(Session& session, Output& out) {
  STRATA_TRY(const OpenBatch batch, take_batch(session));
  if (batch.spoiled)
    return invalid_argument(
        "a command of this batch failed, so none of it was written; begin again with BATCH");
  if (!batch.writes.empty()) STRATA_TRY(session.store.write(batch.writes));
  out.line("OK");
  return {};
}

Result<void> abort(Session& session, Output& out) {
  STRATA_TRY(take_batch(session));
  out.line("OK");
  return {};
}

}  // namespace

Result<void> put_or_queue(Session& session, std::string_view key, std::string_view value,
                          Output& out) {
  if (session.batch) {
    STRATA_TRY(check_key(key));
    STRATA_TRY(check_value(value));
    STRATA_TRY(check_room(*session.batch, key.size() + value.size()));
    session.batch->writes.put(key, value);
  } else {
    STRATA_TRY(session.store.put(key, value));
  }
  out.line(session.batch ? "QUEUED" : "OK");
  return {};
}

Result<void> remove_or_queue(Session& session, std::string_view key, Output& out) {
  if (session.batch) {
    STRATA_TRY(check_key(key));
    STRATA_TRY(check_room(*session.batch, key.size()));
    session.batch->writes.remove(key);
  } else {
    STRATA_TRY(session.store.remove(key));
  }
  out.line(session.batch ? "QUEUED" : "OK");
  return {};
}

Result<void> drop_open_batch(Session& session) {
  if (!session.batch) return {};
  const std::size_t count = session.batch->writes.count();
  session.batch.reset();
  return invalid_argument(
      fmt::format("the open batch was never committed; its {} {} dropped; end a batch with COMMIT",
                  count, count == 1 ? "write is" : "writes are"));
}

std::vector<Verb> batch_verbs(Session& session) {
  return {
      {.name = "BATCH",
       .usage = "BATCH",
       .help = "begins a batch: the PUTs and DELETEs up to COMMIT are written all or none",
       .run = [&session](const Arguments&, Output& out) { return begin(session, out); }},
      {.name = "COMMIT",
       .usage = "COMMIT",
       .help = "writes the batch",
       .run = [&session](const Arguments&, Output& out) { return commit(session, out); }},
      {.name = "ABORT",
       .usage = "ABORT",
       .help = "drops the batch",
       .run = [&session](const Arguments&, Output& out) { return abort(session, out); }},
  };
}

}  // namespace strata::shell
