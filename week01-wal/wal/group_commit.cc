#include "wal/group_commit.h"

#include <chrono>
#include <thread>

#include "base/not_written.h"  // what the starter throws

namespace strata::wal {
namespace {

// A group takes no more than this, so that a writer of little waits for little. One batch
// may be larger; it then goes alone.
constexpr std::size_t kMaxGroupBytes = std::size_t{1} << 20;

// How long a leader may wait for the writers of the last group to come back. They were
// woken a moment ago; a sync costs several times as much.
constexpr std::chrono::microseconds kCompanyWait{20};

}  // namespace

Result<void> GroupCommit::submit(const WriteBatch& batch) {
  Request request;
  request.batch = &batch;
  return enqueue_and_wait(request);
}

Result<void> GroupCommit::run_alone(const std::function<Result<void>()>& action) {
  Request request;
  request.action = &action;
  return enqueue_and_wait(request);
}

Result<void> GroupCommit::enqueue_and_wait(Request& request) {
  // TASK 1.6: queue up, then wait until somebody has done the work for you or you stand
  // at the head of the queue. In that case you lead: take_group(), run_group() without the
  // lock, finish(). Rethrow request.thrown if there is one.
  std::unique_lock lock(mutex_);
  queue_.push_back(&request);
  waiting_.store(queue_.size(), std::memory_order_relaxed);
  request.wake.wait(lock, [&] { return request.done || queue_.front() == &request; });
  if (!request.done) {
    lock.unlock();
    wait_for_company();
    lock.lock();
    const Group group = take_group();
    lock.unlock();
    run_group(group);
    lock.lock();
    finish(group);
  }
  if (request.thrown) std::rethrow_exception(request.thrown);
  return std::move(request.result);
  // END TASK 1.6
}

GroupCommit::Group GroupCommit::take_group() {
  // TASK 1.6: as many batches from the head of the queue as fit into kMaxGroupBytes, the
  // first in any case. An action goes alone. They stay in the queue until finish(), so
  // that nobody else takes the head for free.
  Group group{queue_.front()};
  if (group.front()->action) return group;
  std::size_t bytes = group.front()->batch->byte_size();
  for (std::size_t i = 1; i < queue_.size() && !queue_[i]->action; ++i) {
    bytes += queue_[i]->batch->byte_size();
    if (bytes > kMaxGroupBytes) break;
    group.push_back(queue_[i]);
  }
  return group;
  // END TASK 1.6
}

void GroupCommit::run_group(const Group& group) {
  Result<void> result;
  std::exception_ptr thrown;
  try {
    if (group.front()->action) {
      result = (*group.front()->action)();
    } else {
      std::vector<const WriteBatch*> batches;
      batches.reserve(group.size());
      for (const Request* request : group) batches.push_back(request->batch);
      result = commit_(batches);
      groups_.fetch_add(1, std::memory_order_relaxed);
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  for (Request* request : group) {
    request->result = result;
    request->thrown = thrown;
  }
  last_group_size_ = group.size();
}

void GroupCommit::finish(const Group& group) {
  // TASK 1.6: take the group off the queue, tell its members that they are done, and wake
  // the next leader. A request may be gone as soon as its owner can see `done`.
  for (std::size_t i = 0; i < group.size(); ++i) queue_.pop_front();
  waiting_.store(queue_.size(), std::memory_order_relaxed);
  for (Request* request : group) {
    request->done = true;
    request->wake.notify_one();
  }
  if (!queue_.empty()) queue_.front()->wake.notify_one();
  // END TASK 1.6
}

void GroupCommit::wait_for_company() {
  if (sync_ != SyncMode::kAlways) return;
  // Alone, or with nobody missing, there is nothing to wait for.
  if (waiting_.load(std::memory_order_relaxed) >= last_group_size_) return;
  const auto deadline = std::chrono::steady_clock::now() + kCompanyWait;
  while (waiting_.load(std::memory_order_relaxed) < last_group_size_ &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
}

}  // namespace strata::wal
