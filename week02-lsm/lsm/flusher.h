// Writes full memtables to tables.
//
// The leader of a commit hands over one memtable at a time; a step of the worker writes it.
// Thread-safety: start() and stop() are for whoever opens and closes the store; hand_over(),
// finish() and help() for the leader; all others for everybody.
// Invariants: at most one memtable is held. It is let go only when readers use its table.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "env/worker.h"
#include "lsm/compaction_runner.h"
#include "lsm/lsm_observer.h"

namespace strata::lsm {

// A memtable that waits for its flush, and what the manifest will record then.
struct FullMemtable {
  std::shared_ptr<const Memtable> memtable;
  wal::Position log_start;  // the log from here on is in no table then
  SequenceNumber sequence;  // of the last operation before log_start
  bool thin = false;        // flushed early, because scans stepped over its deletions
};

class Flusher {
 public:
  struct Parts {
    VersionSet& versions;
    ReadPath& readers;
    CompactionRunner& compactions;
    std::shared_ptr<const Compactor> thinner;  // may be null; for memtables that are `thin`
    LsmObserver& observer;
  };
  explicit Flusher(Parts parts) : parts_(std::move(parts)) {}

  // `before` runs on the worker before each look for a memtable. It must not throw.
  void start(env::Workers& workers, std::function<void()> before);
  // No step runs afterwards. Whoever waits gets kUnavailable.
  void stop();
  void wake() { worker_->wake(); }

  // Requires: no memtable is held, and readers use this one. Does not block.
  void hand_over(FullMemtable full);
  // Ensures on success: no memtable is held. Blocks while one is flushed. Errors: that of the
  // flush. It is tried again only after a full disk, and only if the table may fit now.
  Result<void> finish();
  // Without a thread for flushes: makes the flush, and returns its error. Otherwise returns ok.
  Result<void> help();
  bool idle() const;

  std::optional<Error> error() const;  // of the last flush; nullopt if it succeeded
  std::uint64_t flushes() const { return flushes_.load(std::memory_order_relaxed); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }  // of tables
  void check_invariants() const;

 private:
  struct Failure {
    std::optional<Error> error;
    std::exception_ptr thrown;  // in place of an error; every later caller gets it
    std::uint64_t room = 0;     // free bytes of the disk after it

    explicit operator bool() const { return error || thrown; }
  };

  void step();
  Result<void> flush(FullMemtable full);
  void install(const TableInfo& table, const TableSet& tables);
  FullMemtable thinned(FullMemtable full) const;
  bool may_fit_now(const FullMemtable& full, std::uint64_t room_before) const;
  Result<void> outcome() const;

  const Parts parts_;
  std::atomic<std::uint64_t> flushes_{0};
  std::atomic<std::uint64_t> bytes_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<FullMemtable> full_;     // guarded by mutex_
  Failure failure_;                      // guarded by mutex_; of the last try to flush full_
  bool stopping_ = false;                // guarded by mutex_
  std::unique_ptr<env::Worker> worker_;  // last: stopped before the other members go
};

}  // namespace strata::lsm
