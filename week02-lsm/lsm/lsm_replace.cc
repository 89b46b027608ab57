// How the whole content of a store is replaced. For everything else see lsm_store.cc.
#include "lsm/lsm_store.h"
#include "store/checked_entries.h"

namespace strata::lsm {
namespace {

// No other version of a key is left beside those of a replacement, so any number would do.
constexpr SequenceNumber kSequence{1};

Result<void> write_all(Cursor& entries, std::uint64_t table_bytes, TableRun& tables) {
  CheckedEntries checked(entries);
  for (;;) {
    STRATA_TRY(const auto entry, checked.next());
    if (!entry) return tables.finish();
    if (tables.table_size() >= table_bytes) STRATA_TRY(tables.end_table());
    STRATA_TRY(tables.add({entry->key, kSequence, OperationKind::kPut}, entry->value));
  }
}

}  // namespace

Result<void> LsmStore::replace(Cursor& entries) {
  STRATA_TRY(check_open());
  TableRun tables(*versions_);
  STRATA_TRY(write_all(entries, options_.memtable_bytes, tables));
  return run_alone([&] { return put_in_place(tables); });
}

// Runs on the leader. No memtable is full and no compaction runs, so nobody else changes the tables
// meanwhile. A crash leaves the old version, whose log is still there, or the new one, which needs
// nothing of that log.
Result<void> LsmStore::put_in_place(TableRun& tables) {
  STRATA_TRY(check_whole());
  STRATA_TRY(flusher_->finish());
  STRATA_TRY(const wal::Position log_start, log_->rotate());
  auto readers = ReadPath::prepare(std::make_shared<Memtable>(options_.memtable_bytes), log_start);
  const SequenceNumber last = readers_.visible() + 1;
  STRATA_TRY(compactions_->while_paused([&]() -> Result<void> {
    tables.keep();  // an edit that may be in the manifest must find its tables
    half_done_ = true;
    const auto replaced = versions_->replaced(tables.tables(), log_start, last);
    if (replaced) readers_.replace(std::move(readers), *versions_, last);
    // After any error but a full disk, the next opening may find the new content. Until then no
    // write may follow, since it would be a write to the old one.
    half_done_ = !replaced && replaced.error().code != ErrorCode::kUnavailable;
    return replaced;
  }));
  compactions_->tables_changed();
  drop_flushed_log();
  return {};
}

}  // namespace strata::lsm
