// Week 1's stage: an ordered map in memory behind a write-ahead log.
//
//   write:  encode -> append to the log -> sync, shared with others -> apply to the map
//   read:   from the map alone
//   open:   newest snapshot -> replay the log behind it -> cut off a torn tail
//
// What a reader sees was durable before (in the default mode), since the map is changed
// only after the sync. Files: FORMAT.md.
//
// Thread-safety: as Store; close() too may run beside other calls, which then finish first
// or answer kUnavailable. Lock order: close_mutex_, checkpoint_mutex_, the leader's place in
// commits_, the map; background_mutex_ is taken last and alone.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "env/clock.h"
#include "store/memory_store.h"
#include "store/store_directory.h"
#include "wal/group_commit.h"
#include "wal/log.h"

namespace strata::wal {

enum class AutoCheckpoint {
  kBackground,  // on a thread of the store's own
  kInline,      // by the writer that crosses the limit; one order of calls, for tests
  kOff,
};

struct RecoveryProgress {
  std::uint64_t bytes_done;
  std::uint64_t bytes_total;
};

struct LoggedStoreOptions {
  SyncMode sync = SyncMode::kAlways;
  std::chrono::milliseconds sync_interval{100};  // for SyncMode::kInterval
  LogOptions log;
  // A checkpoint is due when the log behind the last one is this many times the live
  // data, and this long at least.
  AutoCheckpoint auto_checkpoint = AutoCheckpoint::kBackground;
  std::uint64_t checkpoint_ratio = 4;
  std::uint64_t checkpoint_min_log_bytes = std::uint64_t{64} << 20;
  // Called now and then while open() replays.
  std::function<void(const RecoveryProgress&)> on_recovery_progress;
  env::Clock* clock = &env::system_clock();  // for timestamps
};

class LoggedStore final : public Store {
 public:
  // Opens the store in `directory`, making it if it is not there. A torn tail is cut off;
  // any other damage is kCorruption, and nothing is changed. Other errors: as
  // StoreDirectory::open. `fs` must outlive the store.
  static Result<std::unique_ptr<LoggedStore>> open(env::FileSystem& fs, const env::Path& directory,
                                                   LoggedStoreOptions options = {});
  ~LoggedStore() override;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;  // a copy of the whole map
  Result<std::vector<Stat>> stats() override;
  Capabilities capabilities() const override { return {.durable = true, .snapshots = true}; }
  Result<void> close() override;

  // Writes the map to a snapshot file and drops the log that it makes needless. Others
  // read and write meanwhile. On an error nothing is lost and the log stays.
  Result<void> checkpoint();

  // Makes durable what was written in a weaker mode.
  Result<void> sync();

  const LogRecovery& recovery() const { return log_->recovery(); }
  const env::Path& directory() const { return directory_.path(); }
  env::Path log_directory() const;

 private:
  LoggedStore(env::FileSystem& fs, StoreDirectory directory, LoggedStoreOptions options);

  Result<void> recover();
  Result<void> make_log();
  Result<LogSpan> load_newest_snapshot();
  Result<void> replay_log(const LogSpan& span);
  Result<void> remove_leftovers(Position keep);
  Result<void> commit_group(std::span<const WriteBatch* const> batches);
  Result<void> append_all(std::span<const WriteBatch* const> batches);
  Result<void> write_snapshot(Position position);
  void note_log_growth();
  void run_wanted_checkpoint();
  void start_background();
  void run_syncs(const std::stop_token& stop);
  void run_checkpoints(const std::stop_token& stop);
  // As commits_.run_alone(), for an open store only.
  Result<void> run_alone(const std::function<Result<void>()>& action);
  void remember(const Result<void>& outcome);
  Result<void> check_open() const;

  env::FileSystem& fs_;
  StoreDirectory directory_;
  const LoggedStoreOptions options_;
  MemoryStore map_;
  GroupCommit commits_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> writes_{0};  // batches
  std::atomic<std::uint64_t> checkpoints_{0};

  // Touched only by the leader of a commit, or within commits_.run_alone():
  std::unique_ptr<Log> log_;
  Bytes payload_;
  Position checkpoint_due_;  // when the log's end has passed this

  std::mutex close_mutex_;       // one close() at a time
  std::mutex checkpoint_mutex_;  // one checkpoint at a time

  std::atomic<bool> checkpoint_wanted_{false};
  std::mutex background_mutex_;
  std::condition_variable_any background_wake_;
  std::optional<Error> background_error_;  // guarded by background_mutex_; the latest
  std::jthread syncer_;                    // last, these two: joined before the rest goes
  std::jthread checkpointer_;
};

}  // namespace strata::wal
