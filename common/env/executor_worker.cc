#include "env/executor_worker.h"

#include <atomic>
#include <utility>

#include "env/due_time.h"

namespace strata::env {
namespace {

// The work of one worker. Tasks of the executor keep it alive: some may run after the worker is
// gone, and then do nothing.
class Work : public std::enable_shared_from_this<Work> {
 public:
  Work(Executor& executor, Worker::Step step) : executor_(executor), step_(std::move(step)) {}

  // The next piece is due after `delay`. On the executor's thread.
  void plan(std::chrono::nanoseconds delay) {
    due_.add(delay, executor_.now());
    look();
  }

  void wake() {
    due_.set_at_once();
    offload_soon();
  }

  // Runs the step if a piece is due. Returns false if none was. Waits for a step that runs.
  bool run_one() {
    const std::lock_guard lock(running_);
    if (stop_.stop_requested() || !due_.has_come(executor_.now())) return false;
    due_.clear();
    due_.add(step_(stop_.get_token()), executor_.now());
    return true;
  }

  void stop() {
    stop_.request_stop();
    timer_.cancel();
    const std::lock_guard lock(running_);
  }

 private:
  // On the executor's thread, when no piece is offloaded: offloads the next one when it is due.
  void look() {
    const TimePoint due = due_.get();
    if (stop_.stop_requested() || due == TimePoint::max()) return;
    if (due <= executor_.now()) return offload_soon();
    timer_ = executor_.at(due, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->look();
    });
  }

  void offload_soon() {
    if (stop_.stop_requested() || asked_.exchange(true)) return;
    try {
      executor_.post([self = shared_from_this()] { self->offload(); });
    } catch (...) {
      asked_ = false;  // a later wake() may have more luck
      throw;
    }
  }

  void offload() {
    const auto self = shared_from_this();
    executor_.offload([self] { self->run_one(); },
                      [self] {
                        self->asked_ = false;
                        self->look();
                      });
  }

  Executor& executor_;
  const Worker::Step step_;
  std::stop_source stop_;
  std::mutex running_;  // held while the step runs
  DueTime due_;
  std::atomic<bool> asked_{false};  // a piece is offloaded, or will be
  Timer timer_;                     // of a piece that is due later
};

class ExecutorWorker final : public Worker {
 public:
  ExecutorWorker(Executor& executor, Step step, std::chrono::nanoseconds first)
      : work_(std::make_shared<Work>(executor, std::move(step))) {
    work_->plan(first);
  }
  ~ExecutorWorker() override { work_->stop(); }

  void wake() override { work_->wake(); }
  bool help() override { return false; }
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable&,
            const std::function<bool()>& done, std::chrono::nanoseconds) override {
    while (!done()) {
      lock.unlock();
      const bool more = work_->run_one();
      lock.lock();
      if (!more) return;
    }
  }
  void stop() override { work_->stop(); }

 private:
  const std::shared_ptr<Work> work_;
};

}  // namespace

std::unique_ptr<Worker> ExecutorWorkers::start(Worker::Step step, std::chrono::nanoseconds first,
                                               Priority /*priority*/) {
  return std::make_unique<ExecutorWorker>(executor_, std::move(step), first);
}

}  // namespace strata::env
