// Week 2's store: a log-structured merge tree. It holds more data than fits in memory, reads ranges
// in key order, and reads a stable snapshot while others write.
//
//   write:  log -> sync, shared with others -> memtable
//   flush:  a full memtable is set aside; write it to a table; name the table in the manifest; drop
//           the log before it. Writes go on meanwhile.
//   read:   memtable, full memtable, tables from the newest on; the first that has the key decides
//   open:   manifest -> tables -> replay of the log after the last flush
//
// The store keeps every version of a key, so that every snapshot can be read. Week 3 drops the
// versions that nobody can see. Files: FORMAT.md.
//
// The parts: ReadPath (what is read), StoreLog (the log), Flusher and CompactionRunner (what
// happens in the background, driven by LsmOptions::workers).
//
// Thread-safety: as Store. close() may also run at the same time as other calls; those either
// finish first or return kUnavailable.
// Lock order: close_mutex_, the leader's place in commits_, the lock of a part, that of its worker
// or of VersionSet. There is no I/O under the lock of a part.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>

#include "env/clock.h"
#include "env/random.h"
#include "env/worker.h"
#include "lsm/compaction_runner.h"
#include "lsm/flusher.h"
#include "lsm/lsm_observer.h"
#include "lsm/read_path.h"
#include "lsm/store_log.h"
#include "lsm/table_run.h"
#include "store/store.h"
#include "store/store_directory.h"
#include "wal/group_commit.h"

namespace strata::lsm {

struct LsmOptions {
  SyncMode sync = SyncMode::kAlways;
  std::chrono::milliseconds sync_interval{100};  // for SyncMode::kInterval
  wal::LogOptions log{.segment_bytes = std::uint64_t{64} << 20};
  env::Workers* workers = &env::threads();  // for flushes, compactions, and syncs at intervals
  std::uint64_t memtable_bytes = std::uint64_t{64} << 20;  // memory at which it is flushed
  TableOptions tables;
  TableReadOptions reading;
  // How many files of tables stay open. 0: a quarter of the descriptors that the process may have.
  // The others are opened when they are read.
  std::size_t open_tables = 0;
  ManifestOptions manifest;
  std::shared_ptr<Compactor> compactor;            // null: tables are never merged
  std::shared_ptr<const WriteThrottle> throttle;   // null: writers are not held back
  env::Clock* clock = &env::system_clock();        // for timestamps
  env::Entropy* entropy = &env::system_entropy();  // for the id of a new store, and marks of tables
  LsmObserver* observer = &LsmObserver::none();    // must outlive the store
};

class LsmStore final : public Store {
 public:
  // Opens the store in `directory`; creates it if it does not exist. Requires: `fs` outlives the
  // store. Errors: as StoreDirectory::open(); kCorruption for damage, naming the file, and then
  // nothing on the disk is changed.
  static Result<std::unique_ptr<LsmStore>> open(env::FileSystem& fs, const env::Path& directory,
                                                LsmOptions options = {});
  ~LsmStore() override;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;  // costs nothing
  Result<std::vector<Stat>> stats() override;
  // Writes tables of `entries` while others read and write. Then, between two writes, one edit of
  // the manifest puts them in the place of everything else.
  Result<void> replace(Cursor& entries) override;
  Capabilities capabilities() const override {
    return {.durable = true, .snapshots = true, .conditions = true};
  }
  Result<void> close() override;

  // Writes the memtable to a table and waits until this is done. Does nothing if the memtable is
  // empty. Blocks.
  Result<void> flush();

  Result<void> sync() override;

  // Flushes, then lets the compactor merge the tables that hold keys in [first, last], and waits
  // until it finds nothing more to do. If others write without a pause, this may take long. Without
  // `last` the range has no end; an empty `first` is before every key. Errors: kUnsupported without
  // a compactor.
  Result<void> compact(std::string_view first = {}, std::optional<std::string_view> last = {});

  // The files of the store while nothing is written to it. Operations that are not in the tables
  // are in the log, from tables.version().log_start on. All segments of the log except the last are
  // sealed, and the last one has no record.
  struct Still {
    const TableSet& tables;
    const wal::Log& log;
    const StoreIdentity& identity;
    std::uint64_t fresh_id;  // random: for a copy that is made of them
  };
  // Calls `action` between two writes. Writers wait until it returns.
  Result<void> while_still(const std::function<Result<void>(const Still&)>& action);

  // Reads every block of every table from the disk, and the manifest. Blocks. An error names the
  // first damaged file.
  Result<void> verify();

  // The current version: which tables the store has.
  Version version() const;
  const wal::LogRecovery& recovery() const { return log_->recovery(); }
  const env::Path& directory() const { return directory_.path(); }
  // Finds the store's files under directory(), even if that directory was renamed since it was
  // opened. Valid while the store lives.
  env::FileSystem& files() const { return directory_.files(); }
  void check_invariants() override;
  env::Path log_directory() const { return directory_.path() / wal::kLogDirectory; }

 private:
  LsmStore(StoreDirectory directory, LsmOptions options);

  Result<void> recover();
  Result<void> make_files();
  Result<std::unique_ptr<wal::Log>> replay_log(MemtableLoader& memtable, SequenceNumber& last);
  void start_background();

  Result<ReadPath::View> view(const std::shared_ptr<const Snapshot>& snapshot);
  Result<void> check_open() const;
  Result<void> check_whole() const;

  void wrote();
  Result<void> commit_group(std::span<const WriteBatch* const> batches);
  Result<void> log_and_apply(std::span<const WriteBatch* const> batches);
  void apply_all(std::span<const WriteBatch* const> batches, Memtable& active);
  Result<void> make_room();
  Result<void> put_in_place(TableRun& tables);
  bool worth_thinning(const Memtable& active) const;
  Result<void> set_memtable_aside();
  void set_aside_for_scans();
  void drop_flushed_log();

  Result<void> close_logs();
  Result<void> run_alone(const std::function<Result<void>()>& action);

  StoreDirectory directory_;
  const LsmOptions options_;
  wal::GroupCommit commits_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> writes_{0};  // batches
  std::atomic<bool> thin_wanted_{false};  // scans stepped over many deletions
  std::mutex close_mutex_;                // one close() at a time
  ReadPath readers_;
  // Set when the store opens:
  std::unique_ptr<StoreLog> log_;
  std::unique_ptr<VersionSet> versions_;
  std::optional<CompactionRunner> compactions_;
  std::optional<Flusher> flusher_;
  std::unique_ptr<env::Worker> syncer_;  // null except with SyncMode::kInterval
  // The leader's: true if an exception interrupted a write between log and memtable, whose sequence
  // numbers would be given out twice; or if nobody knows which content a replacement has left. Only
  // opening the store again repairs this.
  bool half_done_ = false;
};

}  // namespace strata::lsm
