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
// Thread-safety: as Store. close() may also run at the same time as other calls; those either
// finish first or return kUnavailable.
// Lock order: close_mutex_, the leader's place in commits_, flush_mutex_. A thread that holds
// flush_mutex_ does no I/O.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "base/published.h"
#include "env/clock.h"
#include "env/random.h"
#include "lsm/lsm_observer.h"
#include "lsm/memtable.h"
#include "lsm/snapshot_list.h"
#include "lsm/version_set.h"
#include "store/store.h"
#include "store/store_directory.h"
#include "wal/group_commit.h"
#include "wal/log.h"

namespace strata::lsm {

enum class FlushMode {
  kBackground,  // on a thread of the store
  kInline,      // on the writer's thread; for tests that need a fixed order of calls
};

struct LsmOptions {
  SyncMode sync = SyncMode::kAlways;
  std::chrono::milliseconds sync_interval{100};  // for SyncMode::kInterval
  wal::LogOptions log{.segment_bytes = std::uint64_t{64} << 20};
  FlushMode flush = FlushMode::kBackground;
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
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;  // costs nothing
  Result<std::vector<Stat>> stats() override;                   // reads all keys to count them
  Result<std::vector<Stat>> quick_stats();                      // all but the number of keys; cheap
  Capabilities capabilities() const override { return {.durable = true, .snapshots = true}; }
  Result<void> close() override;

  // Writes the memtable to a table and waits until this is done. Does nothing if the memtable is
  // empty. Blocks.
  Result<void> flush();

  // Makes everything durable that was written in the mode kInterval or kNever. Blocks.
  Result<void> sync();

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
  env::FileSystem& files() const { return fs_; }
  env::Path log_directory() const { return directory_.path() / wal::kLogDirectory; }

 private:
  // Everything that a reader can see. It never changes, except that `active` gets more entries.
  struct ReadState {
    std::shared_ptr<Memtable> active;
    std::shared_ptr<const Memtable> full;  // set aside, being flushed; may be null
    std::shared_ptr<const TableSet> tables;
  };
  // A memtable that waits for its flush, and what the manifest will record then.
  struct FullMemtable {
    std::shared_ptr<const Memtable> memtable;
    wal::Position log_end;
    SequenceNumber sequence;
    bool thin;  // flushed early, because scans stepped over its deletions
    // Free bytes of the disk after the last try, if the disk was too full.
    std::optional<std::uint64_t> room_then = {};
  };
  LsmStore(StoreDirectory directory, LsmOptions options);

  Result<void> recover();
  Result<void> make_files();
  Result<void> replay_log(MemtableLoader& memtable);

  // What one reader sees: its sequence number and the places to search.
  struct View {
    SequenceNumber sequence;
    std::shared_ptr<const ReadState> state;
  };
  Result<View> view(const std::shared_ptr<const Snapshot>& snapshot) const;

  Result<void> commit_group(std::span<const WriteBatch* const> batches);
  Result<void> check_whole() const;
  Result<void> hold_back();
  void set_delay_of_writers(const Version& version);
  std::chrono::microseconds delay_of_writers() const;
  std::uint64_t compaction_failures() const;
  void wait_for_tables(std::chrono::microseconds delay);
  Result<void> wait_for_compactor();
  Result<void> make_room();
  Result<void> log_and_apply(std::span<const WriteBatch* const> batches);
  void note_log();
  void apply_all(std::span<const WriteBatch* const> batches);

  Result<void> set_memtable_aside();
  bool worth_thinning(const Memtable& memtable) const;
  void ask_for_thinning(const Memtable& active) const;
  void set_aside_for_scans();
  FullMemtable thinned(FullMemtable full) const;
  Result<void> finish_flush();
  bool may_fit_now(const FullMemtable& full) const;
  void try_to_flush();
  Result<void> flush_full();
  void install_flushed(const FullMemtable& full, const TableSet& tables);
  void publish_tables();
  void drop_flushed_log();
  void remove_dropped_log();
  void run_compactions(const std::stop_token& stop);
  bool compact_once(const std::stop_token& stop);
  void compact_inline();
  void tell_compactor_of(const TableSet& read) const;
  std::uint64_t wake_compactor();
  void run_flushes(const std::stop_token& stop);
  void publish(const std::shared_ptr<const ReadState>& state) { state_.set(state); }

  Result<void> close_logs();
  Result<void> run_alone(const std::function<Result<void>()>& action);
  Result<void> check_open() const;

  StoreDirectory directory_;
  env::FileSystem& fs_;  // of directory_: the store's files whatever happens to their names
  const LsmOptions options_;
  wal::GroupCommit commits_;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> writes_{0};  // batches
  std::atomic<std::uint64_t> flushes_{0};
  std::atomic<std::uint64_t> log_bytes_{0};
  std::atomic<std::uint64_t> log_syncs_{0};
  std::atomic<std::uint64_t> flushed_bytes_{0};     // of tables
  std::atomic<std::int64_t> delay_micros_{0};       // delay of a group of writes, by the throttle
  std::atomic<std::uint64_t> held_back_micros_{0};  // total delay of writers, by the throttle
  std::atomic<std::uint64_t> visible_{0};       // readers see entries up to this sequence number
  std::atomic<wal::Position> log_needed_from_;  // operations before it are in tables
  Published<ReadState> state_;                  // set only by a thread that holds flush_mutex_
  SnapshotList snapshots_{visible_};
  std::atomic<std::uint64_t> skipped_{0};            // entries that scans have stepped over
  std::atomic<std::uint64_t> skipped_in_memory_{0};  // those of them that a flush could leave out
  std::atomic<std::uint64_t> skipped_before_{0};     // skipped_in_memory_ at the last flush

  // Used only by the leader of a commit, or inside commits_.run_alone():
  std::unique_ptr<wal::Log> log_;
  Bytes payload_;
  std::shared_ptr<Memtable> active_;  // as in state_
  // True if an exception interrupted a write between log and memtable. Its sequence numbers would
  // be given out twice. Only opening the store again repairs this.
  bool half_done_ = false;

  std::unique_ptr<VersionSet> versions_;  // set by recover()

  std::mutex close_mutex_;  // one close() at a time
  mutable std::mutex flush_mutex_;
  mutable std::condition_variable_any flush_changed_;
  std::optional<FullMemtable> full_;       // guarded by flush_mutex_
  std::optional<Error> flush_error_;       // these twelve likewise; of the last try to flush full_
  std::exception_ptr flush_thrown_;        // the exception that it or a compaction threw
  std::optional<Error> drop_error_;        // of dropping the log after a flush
  std::optional<Error> compaction_error_;  // of the compactor, until one of its steps succeeds
  std::optional<Error> last_compaction_error_;
  std::uint64_t compaction_failures_ = 0;
  std::vector<env::Path> dropped_log_;  // segments to be removed, in order
  std::uint64_t tables_changed_ = 1;    // counts changes of the tables, and requests to look
  std::uint64_t compacted_ = 0;         // the tables_changed_ up to which the compactor is done
  mutable bool many_looks_ = false;     // readers searched many tables: wake the compactor
  mutable bool thin_wanted_ = false;    // scans stepped over many deletions: wake the flusher
  bool stopping_ = false;
  std::jthread syncer_;  // these three last: joined before other members go
  std::jthread flusher_;
  std::jthread compacter_;
};

}  // namespace strata::lsm
