// A line of tasks, and workers that do them: storage work, which may wait for a disk, is kept away
// from the network threads.
//
// Thread-safety: post() may be called from many threads at once.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "env/executor.h"
#include "env/worker.h"

namespace strata::net {

using env::Task;

class TaskQueue {
 public:
  // Requires: `count` > 0.
  TaskQueue(env::Workers& workers, unsigned count);
  // Does the tasks that are in line, then ends.
  ~TaskQueue();
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  // Requires: `task` does not throw. Blocks: never, except that workers without threads do the task
  // before it returns.
  void post(Task task);

 private:
  std::chrono::nanoseconds step(std::size_t worker);

  std::mutex mutex_;
  std::deque<Task> tasks_;                             // guarded by mutex_
  std::vector<std::size_t> idle_;                      // guarded by mutex_; places in workers_
  std::vector<std::unique_ptr<env::Worker>> workers_;  // last: they use the above
};

}  // namespace strata::net
