// Week 1's store: a sorted map in memory, with a write-ahead log.
//
//   write:  encode -> append to the log -> sync, shared with others -> apply to the map
//   read:   from the map alone
//   open:   newest snapshot -> replay the log after it -> cut off a torn tail
//
// In the default mode a write changes the map only after the sync. So everything that a reader sees
// is durable. Files: FORMAT.md.
//
// Thread-safety: as Store. close() may also run at the same time as other calls; those either
// finish first or return kUnavailable.
// Lock order: close_mutex_, checkpoint_mutex_, the leader's place in commits_, the map.
// The lock of background_ is taken last; no other lock is taken while it is held.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>

#include "env/clock.h"
#include "env/random.h"
#include "env/worker.h"
#include "store/memory_store.h"
#include "store/store_directory.h"
#include "wal/group_commit.h"
#include "wal/log.h"
#include "wal/snapshot_file.h"

namespace strata::wal {

struct RecoveryProgress {
  std::uint64_t bytes_done;
  std::uint64_t bytes_total;
};

struct LoggedStoreOptions {
  SyncMode sync = SyncMode::kAlways;
  std::chrono::milliseconds sync_interval{100};  // for SyncMode::kInterval
  LogOptions log;
  // A checkpoint is due when the log has at least checkpoint_ratio times as many bytes as the live
  // data, and has grown by at least checkpoint_min_log_bytes since the last one.
  bool auto_checkpoint = true;
  std::uint64_t checkpoint_ratio = 4;
  std::uint64_t checkpoint_min_log_bytes = std::uint64_t{64} << 20;
  // Called now and then while open() replays the log, on the thread that opens.
  std::function<void(const RecoveryProgress&)> on_recovery_progress;
  env::Workers* workers = &env::threads();         // for checkpoints, and syncs at intervals
  env::Clock* clock = &env::system_clock();        // for timestamps
  env::Entropy* entropy = &env::system_entropy();  // for the id of a new store
};

class LoggedStore final : public Store {
 public:
  // Opens the store in `directory`; creates it if it does not exist. Cuts off a torn tail.
  // Requires: `fs` outlives the store. Errors: kCorruption for any other damage, and then nothing
  // on the disk is changed; as StoreDirectory::open().
  static Result<std::unique_ptr<LoggedStore>> open(env::FileSystem& fs, const env::Path& directory,
                                                   LoggedStoreOptions options = {});
  ~LoggedStore() override;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;  // a copy of the whole map
  Result<std::vector<Stat>> stats() override;
  Result<std::uint64_t> count_keys() override;
  // Writes a snapshot file of `entries`; when that is durable, they are the store. Needs memory for
  // both contents. Writes wait while the file is written.
  Result<void> replace(Cursor& entries) override;
  Capabilities capabilities() const override {
    return {.durable = true, .snapshots = true, .conditions = true};
  }
  Result<void> close() override;
  void check_invariants() override;

  // Writes the map to a snapshot file, then drops the log before it. Blocks; other threads read and
  // write meanwhile. Durable on return. On an error nothing is lost, and the log is kept.
  Result<void> checkpoint();

  Result<void> sync() override;

  const LogRecovery& recovery() const { return log_->recovery(); }
  const env::Path& directory() const { return directory_.path(); }
  // Finds the store's files under directory(), even if that directory was renamed since it was
  // opened. Valid while the store lives.
  env::FileSystem& files() const { return directory_.files(); }
  env::Path log_directory() const;

 private:
  // How the last piece of background work ended.
  struct Background {
    mutable std::mutex mutex;
    std::optional<Error> error;  // guarded by mutex; nullopt: it succeeded
  };

  LoggedStore(StoreDirectory directory, LoggedStoreOptions options);

  Result<void> recover();
  Result<void> make_log();
  Result<LogSpan> load_newest_snapshot();
  Result<void> replay_log(const LogSpan& span);
  Result<void> remove_leftovers(Position keep);
  Result<void> commit_group(std::span<const WriteBatch* const> batches);
  Result<void> write_snapshot(Position position);
  Result<std::unique_ptr<SnapshotWriter>> copy(const MemoryStore& map, Position position);
  void wrote();
  void note_log_growth();
  void start_background();
  // Like commits_.run_alone(), but returns kUnavailable if the store is closed.
  Result<void> run_alone(const std::function<Result<void>()>& action);
  void remember(const Result<void>& outcome);
  Result<void> close_log();
  Result<void> check_open() const;

  StoreDirectory directory_;
  const LoggedStoreOptions options_;
  MemoryStore map_;
  GroupCommit commits_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> writes_{0};  // batches
  std::atomic<std::uint64_t> checkpoints_{0};

  // Used only by the leader of a commit, or inside commits_.run_alone():
  std::unique_ptr<Log> log_;
  Position checkpoint_due_;  // a checkpoint is due when the log's end has passed this
  bool half_done_ = false;   // nobody knows which content a replacement has left on the disk

  std::mutex close_mutex_;       // one close() at a time
  std::mutex checkpoint_mutex_;  // one checkpoint at a time
  Background background_;
  // Last: they stop before other members go. Null if not needed.
  std::unique_ptr<env::Worker> syncer_;
  std::unique_ptr<env::Worker> checkpointer_;
};

}  // namespace strata::wal
