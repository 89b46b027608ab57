#include "lsm/lsm_trace.h"

#include "base/text.h"
#include "wal/log_trace.h"

namespace strata::lsm {
namespace {

// A trace lists at most this many operations of a batch, and of the replayed ones.
constexpr std::uint64_t kListed = 1000;

std::string shown(const std::string& entry_key) {
  return wal::shown_key(parse_key(entry_key)->user_key);
}

void table_event(Trace& trace, std::string_view name, std::uint64_t level, const TableInfo& table,
                 wal::Position log_start) {
  trace.event(name, {{"table", table.number},
                     {"level", level},
                     {"file_size", table.file_size},
                     {"entries", table.entries},
                     {"smallest", shown(table.smallest)},
                     {"largest", shown(table.largest)},
                     {"log_start", log_start.value()}});
}

void operation_event(Trace& trace, std::string_view name, SequenceNumber sequence,
                     OperationKind kind, std::string_view key) {
  trace.event(name, {{"sequence", sequence.value()},
                     {"verb", wal::shown_verb(kind)},
                     {"key", wal::shown_key(key)}});
}

}  // namespace

void TracingObserver::recovered(const Recovered& found) {
  const Version& version = found.version;
  for (std::size_t level = 0; level < version.levels.size(); ++level)
    for (const TableInfo& table : version.levels[level])
      table_event(trace_, "table_found", level, table, version.log_start);
  std::uint64_t listed = 0;
  for (auto it = found.memtable.begin(); it.valid() && listed < kListed; it.next(), ++listed)
    operation_event(trace_, "replayed", it.key().sequence(), it.key().kind(), it.key().user_key);
  trace_.event("recovered", {{"sequence", found.sequence.value()},
                             {"tables", version.table_count()},
                             {"log_start", version.log_start.value()},
                             {"entries", found.memtable.entries()},
                             {"memtable_bytes", found.memtable.memory()},
                             {"records", found.log.records},
                             {"tail", wal::name_of(found.log.tail)},
                             {"torn_bytes", found.log.torn_bytes}});
}

void TracingObserver::applied(SequenceNumber first, std::span<const WriteBatch* const> batches,
                              const Memtable& memtable) {
  for (const WriteBatch* batch : batches) {
    applied_batch(first, *batch, memtable);
    first = first + batch->count();
  }
}

void TracingObserver::applied_batch(SequenceNumber first, const WriteBatch& batch,
                                    const Memtable& memtable) {
  const Operation head = batch[0];
  trace_.event("applied", {{"sequence", first.value()},
                           {"operations", batch.count()},
                           {"memtable_bytes", memtable.memory()},
                           {"verb", wal::shown_verb(head.kind)},
                           {"key", wal::shown_key(head.key)}});
  for (std::size_t i = 1; i < batch.count() && i < kListed; ++i)
    operation_event(trace_, "applied_also", first + i, batch[i].kind, batch[i].key);
}

void TracingObserver::set_aside(const Memtable& memtable, SequenceNumber last,
                                wal::Position log_start) {
  trace_.event("memtable_set_aside", {{"entries", memtable.entries()},
                                      {"memtable_bytes", memtable.memory()},
                                      {"sequence", last.value()},
                                      {"log_start", log_start.value()}});
}

void TracingObserver::flush_begun(const Memtable& memtable) {
  trace_.event("flush_begun", {{"entries", memtable.entries()}});
}

void TracingObserver::flush_finished(const Version& version) {
  if (version.levels[0].empty()) return;  // if the body of task 2.9 is not right yet
  table_event(trace_, "flush_finished", 0, version.levels[0].front(), version.log_start);
}

void TracingObserver::flush_failed(const Error& error) {
  trace_.event("flush_failed", {{"reason", one_line(error.message)}});
}

}  // namespace strata::lsm
