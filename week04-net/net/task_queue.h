// A queue of tasks and threads that do them, one after the other: storage work, which may wait for
// a disk, is kept away from the network threads.
//
// Thread-safety: post() may be called from many threads at once.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace strata::net {

using Task = std::move_only_function<void()>;

class TaskQueue {
 public:
  explicit TaskQueue(unsigned threads);
  // Does the tasks that are in line, then joins the threads.
  ~TaskQueue();
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  // Requires: `task` does not throw. Blocks: never.
  void post(Task task);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // guarded by mutex_
  bool finishing_ = false;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace strata::net
