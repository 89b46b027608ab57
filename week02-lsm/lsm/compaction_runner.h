// Runs a store's Compactor when there may be something to merge, and holds writers back while it is
// behind. Without a compactor nothing is merged; without a throttle nobody is held back.
//
// Thread-safety: every function may be called from many threads at once, except start() and stop().
// Invariants: looked_ <= changes_; one step of the compactor runs at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "env/clock.h"
#include "env/worker.h"
#include "lsm/read_path.h"
#include "lsm/seams.h"

namespace strata::lsm {

class CompactionRunner {
 public:
  struct Parts {
    std::shared_ptr<Compactor> compactor;           // may be null
    std::shared_ptr<const WriteThrottle> throttle;  // may be null
    const env::Clock& clock;
  };
  // Requires: `versions` and `readers` outlive the runner.
  CompactionRunner(VersionSet& versions, ReadPath& readers, Parts parts);

  void start(env::Workers& workers);
  // No step runs afterwards. Whoever waits gets kUnavailable.
  void stop();

  // Lets readers use the tables of the version set, and looks for something to merge.
  void tables_changed();
  // Readers had to look into many tables: there may be something to merge for them. Does nothing
  // after a failed compaction: on a full disk reads would cause another one all the time.
  void look_for_readers();

  // Merges the tables that hold keys in [first, last], see LsmStore::compact(). Blocks.
  Result<void> compact(std::string_view first, std::optional<std::string_view> last);

  // On the leader of a commit: waits as long as the throttle says. Errors: that of the last
  // compaction, if writers may go on only after one.
  Result<void> hold_back();
  // On a leader that has changed the tables, without a thread for compactions: makes them.
  void help() { worker_->help(); }

  // Calls `action` between two steps of the compactor: waits for the one that runs, and lets none
  // begin before `action` returns. One caller at a time; on the leader of a commit.
  Result<void> while_paused(const std::function<Result<void>()>& action);

  // The error of the last step; nullopt if it succeeded.
  std::optional<Error> error() const;
  std::vector<Stat> stats(const Version& version) const;
  void check_invariants() const;

 private:
  struct Failures {
    std::uint64_t count = 0;
    std::optional<Error> last;  // of the last step that failed
    bool now = false;           // no step has succeeded since
  };

  std::chrono::nanoseconds step(const std::stop_token& stop);
  std::optional<std::uint64_t> begin_step();
  bool compact_once(const std::stop_token& stop);
  void set_delay();
  std::uint64_t ask();
  Result<void> wait_for_tables(std::chrono::microseconds delay);
  Result<void> wait_for_compactor();

  VersionSet& versions_;
  ReadPath& readers_;
  const Parts parts_;
  std::atomic<std::int64_t> delay_micros_{0};       // of a group of writes, by the throttle
  std::atomic<std::uint64_t> held_back_micros_{0};  // the total
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::uint64_t changes_ = 1;      // counts changes of the tables, and requests to look
  std::uint64_t looked_ = 0;       // up to here the compactor is done
  bool look_for_readers_ = false;  // they searched many tables
  struct {
    bool runs = false;    // the compactor takes a step
    bool paused = false;  // it may begin none
  } turn_;
  Failures failures_;
  std::exception_ptr thrown_;  // by a step; every later writer gets it
  bool stopping_ = false;
  std::unique_ptr<env::Worker> worker_;  // last: stopped before the other members go
};

}  // namespace strata::lsm
