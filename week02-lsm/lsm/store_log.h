// The log as a store uses it: what was logged, what is in tables and can go, and counts for
// stats().
//
// Thread-safety: only the leader of a commit may call the functions that write. remove_dropped(),
// bytes(), syncs() and drop_error() may be called from other threads at the same time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "store/store.h"
#include "wal/entry.h"
#include "wal/log.h"

namespace strata::lsm {

class StoreLog {
 public:
  // `log` is open. Requires: `fs`, which holds the log's `directory`, outlives the object.
  StoreLog(env::FileSystem& fs, env::Path directory, std::unique_ptr<wal::Log> log);

  // Logs the batches. In the mode kAlways they are durable on return. Errors: as wal::Log.
  Result<void> append(std::span<const WriteBatch* const> batches, wal::Timestamp now,
                      SyncMode sync);
  Result<void> sync();
  // Later writes go into a new segment, so that those before it can be dropped. Returns its start.
  Result<wal::Position> rotate();
  // A segment that is not blank is rotated. Returns the log.
  Result<const wal::Log*> rotated();
  Result<void> close() { return log_->close(); }

  // Takes away the segments whose operations all end before `position`, and does not block. Returns
  // true if there are any: remove_dropped() then removes their files.
  bool drop_before(wal::Position position);
  // Blocks. A log that cannot be removed takes space and does no other harm: drop_error() says why,
  // and the next opening tries again.
  void remove_dropped();

  const wal::LogRecovery& recovery() const { return log_->recovery(); }
  wal::Position durable_end() const { return log_->durable_end(); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }
  std::optional<Error> drop_error() const;
  void check_invariants() const;

 private:
  void count();

  env::FileSystem& fs_;
  const env::Path directory_;
  const std::unique_ptr<wal::Log> log_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> syncs_{0};
  mutable std::mutex mutex_;
  std::vector<env::Path> dropped_;   // guarded by mutex_; segments to be removed, in order
  std::optional<Error> drop_error_;  // guarded by mutex_
};

}  // namespace strata::lsm
