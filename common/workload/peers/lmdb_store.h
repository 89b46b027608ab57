// LMDB as a Store: a copy-on-write B+tree in a file mapped into memory.
//
// It has no log: a commit writes pages and syncs twice, and reopening replays nothing.
// A write is a transaction of its own; writers take turns. kAlways is LMDB's default, a
// durable commit; kNever (and kInterval) is MDB_NOSYNC, which leaves pages to the
// operating system. Keys have at most 511 bytes.
//
// Readers do not block and are not blocked. A read transaction costs a slot in a table
// shared between processes, so finished ones are reset and kept for the next reader, as
// LMDB's manual advises. A Store's snapshot may be read by many threads at once and a
// transaction may not; so snapshots are not offered.
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
  Result<std::vector<Stat>> stats() override;  // num_keys, exact
  Capabilities capabilities() const override { return {.durable = true, .snapshots = false}; }
  Result<void> close() override;

  // A read transaction on the latest state, and the way back when it is done with.
  Result<Transaction> begin_read();
  void end_read(Transaction transaction);

 private:
  Result<void> check_open() const;
  Result<void> apply(MDB_txn* transaction, const Operation& operation) const;

  Environment environment_;  // null: closed
  const MDB_dbi table_;
  std::mutex mutex_;
  std::vector<Transaction> idle_;  // reset, to be renewed. Guarded by mutex_
};

}  // namespace strata::workload
