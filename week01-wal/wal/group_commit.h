// Lets writers that wait for the same disk share one trip to it.
//
// Each writer queues its batch and waits. The writer at the head of the queue becomes the
// leader: it takes everybody who is waiting with it, runs one commit for all of them, and
// wakes them with its result. Writers that arrive meanwhile form the next group. (The
// scheme is old: DeWitt et al., "Implementation Techniques for Main Memory Database
// Systems", SIGMOD '84, section 5.)
//
// Thread-safety: every function may be called from many threads at once.
// Invariants: groups are committed one at a time and in the order of the queue; no batch
// is answered before the commit that carries it has returned.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace strata::wal {

class GroupCommit {
 public:
  // Makes the batches durable and visible, in order, all or none. Runs on the leader's
  // thread, never twice at the same time.
  using Commit = std::function<Result<void>(std::span<const WriteBatch* const>)>;

  // `sync`: whether a commit waits for the disk. If so a leader waits a moment for company.
  explicit GroupCommit(Commit commit, SyncMode sync = SyncMode::kAlways)
      : commit_(std::move(commit)), sync_(sync) {}

  // Blocks until a commit that carries `batch` has returned, and returns what it said. An
  // exception that the commit threw is rethrown to every writer of the group.
  Result<void> submit(const WriteBatch& batch);

  // Runs `action` in the leader's place: no commit is under way meanwhile.
  Result<void> run_alone(const std::function<Result<void>()>& action);

  // How many writers wait for an answer now, those of the group under way included.
  std::size_t waiting() const { return waiting_.load(); }
  std::uint64_t groups() const { return groups_.load(std::memory_order_relaxed); }

 private:
  struct Request {
    const WriteBatch* batch = nullptr;                      // a write, or
    const std::function<Result<void>()>* action = nullptr;  // run_alone()
    bool done = false;
    Result<void> result;
    std::exception_ptr thrown;
    std::condition_variable wake;
  };
  using Group = std::vector<Request*>;

  Result<void> enqueue_and_wait(Request& request);
  Group take_group();                  // requires: mutex_ is held
  void run_group(const Group& group);  // requires: mutex_ is not held
  void finish(const Group& group);     // requires: mutex_ is held
  void wait_for_company();             // requires: mutex_ is not held

  const Commit commit_;
  const SyncMode sync_;
  std::atomic<std::uint64_t> groups_{0};
  std::atomic<std::size_t> waiting_{0};  // queue_.size(), to be read without the lock
  std::size_t last_group_size_ = 0;      // only the leader touches it

  std::mutex mutex_;
  std::deque<Request*> queue_;  // guarded by mutex_; those of a running group included
};

}  // namespace strata::wal
