#include "net/task_queue.h"

#include <utility>

namespace strata::net {

TaskQueue::TaskQueue(env::Workers& workers, unsigned count) {
  idle_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    workers_.push_back(workers.start([this, i](const std::stop_token&) { return step(i); },
                                     env::Worker::kWhenWoken));
    const std::lock_guard lock(mutex_);
    idle_.push_back(i);
  }
}

TaskQueue::~TaskQueue() {
  for (const auto& worker : workers_) worker->stop();
  for (; !tasks_.empty(); tasks_.pop_front()) tasks_.front()();
}

void TaskQueue::post(Task task) {
  env::Worker* idle = nullptr;
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (idle_.empty()) return;  // a worker that is done with its task looks for the next one
    idle = workers_[idle_.back()].get();
    idle_.pop_back();
  }
  idle->wake();
  idle->help();
}

std::chrono::nanoseconds TaskQueue::step(std::size_t worker) {
  Task task;
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) {
      idle_.push_back(worker);
      return env::Worker::kWhenWoken;
    }
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
  task();
  return env::Worker::kAtOnce;
}

}  // namespace strata::net
