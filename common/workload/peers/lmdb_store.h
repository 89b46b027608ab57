// LMDB as a Store: a copy-on-write B+tree in a file mapped into memory.
//
// LMDB has no log: a commit writes pages and syncs twice, and opening replays nothing. Each write
// is a transaction; one writer works at a time. kAlways is LMDB's default, a durable commit. kNever
// and kInterval use MDB_NOSYNC, which leaves the writing of pages to the operating system. Keys
// have at most 511 bytes.
//
// Readers do not block anybody and are not blocked. A read transaction takes a slot in a table that
// processes share. So a finished one is reset and kept for the next reader, as LMDB's manual
// advises. Many threads may read a Store's snapshot at once, but not a transaction of LMDB; so this
// store has no snapshots.
//
// Thread-safety: as Store.
#pragma once

#include <lmdb.h>

#include <memory>
#include <mutex>
#include <vector>

#include "store/store.h"
#include "workload/target.h"

namespace strata::workload {

struct AbortTransaction {
  void operator()(MDB_txn* transaction) const { mdb_txn_abort(transaction); }
};
using Transaction = std::unique_ptr<MDB_txn, AbortTransaction>;

struct CloseEnvironment {
  void operator()(MDB_env* environment) const { mdb_env_close(environment); }
};
using Environment = std::unique_ptr<MDB_env, CloseEnvironment>;

class LmdbStore final : public Store {
 public:
  static Result<std::unique_ptr<Store>> open(const TargetOptions& options);

  LmdbStore(Environment environment, MDB_dbi table)
      : environment_(std::move(environment)), table_(table) {}
  ~LmdbStore() override;

  Result<std::optional<std::string>> get(std::string_view key, const ReadOptions& options) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override { return std::vector<Stat>(); }
  Result<std::uint64_t> count_keys() override;
  Capabilities capabilities() const override { return {.durable = true, .snapshots = false}; }
  Result<void> close() override;

  // Begins a read transaction on the latest state. end_read() takes it back.
  Result<Transaction> begin_read();
  void end_read(Transaction transaction);

 private:
  Result<void> check_open() const;
  Result<void> apply(MDB_txn* transaction, const Operation& operation) const;

  Environment environment_;  // null: closed
  const MDB_dbi table_;
  std::mutex mutex_;
  std::vector<Transaction> idle_;  // guarded by mutex_; reset, to be used again
};

}  // namespace strata::workload
