#include "wal/group_commit.h"

#include <chrono>
#include <thread>

namespace strata::wal {
namespace {

// The batches of a group have at most this size together, so that a small write does not wait long.
// A single batch may be larger; it is then committed alone.
constexpr std::size_t kMaxGroupBytes = std::size_t{1} << 20;

// How long a leader may wait for the writers of the last group to come back. They were woken a
// moment ago, and a sync takes several times as long as this wait.
constexpr std::chrono::microseconds kCompanyWait{20};
constexpr int kCompanyLooks = 1000;  // if the clock of a test stands still

}  // namespace

Result<void> GroupCommit::submit(const WriteBatch& batch) {
  Request request;
  request.batch = &batch;
  return wait_in_line(request);
}

Result<void> GroupCommit::run_alone(const std::function<Result<void>()>& action) {
  Request request;
  request.action = &action;
  return wait_in_line(request);
}

std::optional<Result<void>> GroupCommit::try_run_alone(
    const std::function<Result<void>()>& action) {
  Request request;
  request.action = &action;
  const Group group{&request};
  {
    const std::lock_guard lock(mutex_);
    if (!queue_.empty()) return std::nullopt;
    queue_.push_back(&request);
    waiting_.store(queue_.size(), std::memory_order_relaxed);
  }
  run_group(group);
  {
    const std::lock_guard lock(mutex_);
    finish(group);
  }
  if (request.thrown) std::rethrow_exception(request.thrown);
  return std::move(request.result);
}

// If memory runs out before the request is taken up, it must not stay in the queue: it is about to
// go, and those behind it would wait for it.
Result<void> GroupCommit::wait_in_line(Request& request) {
  try {
    return enqueue_and_wait(request);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    std::erase(queue_, &request);
    waiting_.store(queue_.size(), std::memory_order_relaxed);
    if (!queue_.empty()) queue_.front()->wake.notify_one();
    throw;
  }
}

Result<void> GroupCommit::enqueue_and_wait(Request& request) {
  // TASK 1.6: append `request` to the queue and wait until it is done or is first in the queue. If
  // it is first, lead: wait_for_company(), take_group(), run_group(), finish(). Hold mutex_ for
  // take_group() and finish(), and release it for the other two. At the end, rethrow request.thrown
  // if it is set, else return request.result. Keep waiting_ equal to queue_.size().
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
  // TASK 1.6: take the first request of the queue, and as many of those after it as fit into
  // kMaxGroupBytes together. An action is always alone in its group. Do not remove the requests
  // from the queue: finish() does that. Until then nobody else can become leader.
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
    request->thrown = thrown;
    try {
      request->result = result;
    } catch (...) {  // no memory for the message of an error
      request->thrown = std::current_exception();
    }
  }
  last_group_size_ = group.size();
}

void GroupCommit::finish(const Group& group) {
  // TASK 1.6: remove the group from the queue, set `done` and notify `wake` for each of its
  // requests, then wake the first request that is still in the queue. Keep waiting_ equal to
  // queue_.size(). A request may be destroyed as soon as its owner can see `done`: do not use it
  // after that.
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
  // If as many requests wait as the last group had, nobody is missing.
  if (waiting_.load(std::memory_order_relaxed) >= last_group_size_) return;
  const env::TimePoint deadline = clock_.now() + kCompanyWait;
  for (int looks = 0; looks < kCompanyLooks && clock_.now() < deadline; ++looks) {
    if (waiting_.load(std::memory_order_relaxed) >= last_group_size_) return;
    std::this_thread::yield();
  }
}

}  // namespace strata::wal
