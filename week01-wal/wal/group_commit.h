// Group commit: writers that wait for the disk at the same time share one write and one sync.
//
// Each writer puts its batch into a queue and waits. The writer at the front of the queue is the
// leader: it takes the batches of all who are waiting (up to 1 MiB), runs one commit for them, and
// wakes them with the result. Writers that arrive meanwhile form the next group. (DeWitt et al.,
// "Implementation Techniques for Main Memory Database Systems", SIGMOD '84, section 5.)
//
// Thread-safety: every function may be called from many threads at once.
// Blocks: submit() and run_alone().
// Invariants: groups are committed one at a time, in queue order. A batch is answered only after
// the commit that contains it has returned.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "env/clock.h"
#include "store/store.h"

namespace strata::wal {

class GroupCommit {
 public:
  // Makes the batches durable and visible, in order; all of them or none. Runs on the leader's
  // thread, never on two threads at the same time.
  using Commit = std::function<Result<void>(std::span<const WriteBatch* const>)>;

  // `sync`: with kAlways a commit waits for the disk. The leader then first waits a moment
  // (kCompanyWait) for the writers of the previous group to come back.
  explicit GroupCommit(Commit commit, SyncMode sync = SyncMode::kAlways,
                       const env::Clock& clock = env::system_clock())
      : commit_(std::move(commit)), sync_(sync), clock_(clock) {}

  // Blocks until a commit that contains `batch` has returned, and returns its result. If the commit
  // threw an exception, every writer of the group gets it. Requires: `batch` does not change
  // meanwhile.
  Result<void> submit(const WriteBatch& batch);

  // Waits for its turn in the queue, then runs `action`. No commit and no other action runs at the
  // same time. Returns what `action` returned; an exception that it threw is rethrown.
  Result<void> run_alone(const std::function<Result<void>()>& action);

  // Runs `action` as run_alone() does, if nothing is being committed and nobody waits. Otherwise
  // returns nullopt at once. For a thread that a leader may wait for.
  std::optional<Result<void>> try_run_alone(const std::function<Result<void>()>& action);

  // How many requests are waiting for an answer, including the group that is being committed.
  std::size_t waiting() const { return waiting_.load(); }
  std::uint64_t groups() const { return groups_.load(std::memory_order_relaxed); }

 private:
  struct Request {
    const WriteBatch* batch = nullptr;                      // set for submit()
    const std::function<Result<void>()>* action = nullptr;  // set for run_alone()
    bool done = false;
    Result<void> result;
    std::exception_ptr thrown;
    std::condition_variable wake;
  };
  using Group = std::vector<Request*>;

  Result<void> wait_in_line(Request& request);
  Result<void> enqueue_and_wait(Request& request);
  Group take_group();                  // requires: mutex_ is held
  void run_group(const Group& group);  // requires: mutex_ is not held
  void finish(const Group& group);     // requires: mutex_ is held
  void wait_for_company();             // requires: mutex_ is not held

  const Commit commit_;
  const SyncMode sync_;
  const env::Clock& clock_;
  std::atomic<std::uint64_t> groups_{0};
  std::atomic<std::size_t> waiting_{0};  // equals queue_.size(); readable without the mutex
  std::size_t last_group_size_ = 0;      // used only by the leader

  std::mutex mutex_;
  std::deque<Request*> queue_;  // guarded by mutex_; includes the group being committed
};

}  // namespace strata::wal
