#include "env/simulated_executor.h"

#include <algorithm>

#include "base/assert.h"

namespace strata::env {

SimulatedExecutor::SimulatedExecutor(EventQueue& queue, std::size_t threads, BusyTime busy_time,
                                     Yield yield, const SkewedClock* clock)
    : queue_(queue),
      busy_time_(std::move(busy_time)),
      yield_(std::move(yield)),
      clock_(clock),
      free_threads_(threads) {
  STRATA_ASSERT(threads > 0);
}

void SimulatedExecutor::stop() {
  stopped_ = true;
  const auto waiting = std::exchange(waiting_, {});
  queue_.cancel_all(this);
}

void SimulatedExecutor::pause_until(TimePoint time) {
  last_posted_ = std::max(last_posted_, time);
  queue_.postpone_all(this, time);
}

void SimulatedExecutor::post(Task task) {
  if (stopped_) return;
  last_posted_ = std::max(last_posted_, yield_ ? queue_.now() + yield_() : queue_.now());
  queue_.add(last_posted_, this, std::move(task));
}

Timer SimulatedExecutor::at(TimePoint time, Task task) {
  if (stopped_) return {};
  if (clock_ && time != TimePoint::max()) time = queue_.now() + clock_->on_base(time - now());
  const auto event = queue_.add(time, this, std::move(task));
  return Timer([&queue = queue_, event] { queue.cancel(event); });
}

void SimulatedExecutor::offload(Task work, Task then) {
  if (stopped_) return;
  waiting_.push_back({std::move(work), std::move(then)});
  begin_jobs();
}

void SimulatedExecutor::begin_jobs() {
  for (; free_threads_ > 0 && !waiting_.empty(); --free_threads_) {
    post([this, job = std::move(waiting_.front())]() mutable { run(std::move(job)); });
    waiting_.pop_front();
  }
}

void SimulatedExecutor::run(Job job) {
  busy_time_();  // by the node's own tasks
  std::exception_ptr thrown;
  try {
    job.work();
  } catch (...) {
    thrown = std::current_exception();
  }
  job.work = nullptr;
  if (stopped_) return;
  queue_.add(
      queue_.now() + busy_time_(), this,
      [this, thrown, then = std::move(job.then)]() mutable { end(thrown, std::move(then)); });
}

// The last step may destroy this object.
void SimulatedExecutor::end(const std::exception_ptr& thrown, Task then) {
  ++free_threads_;
  begin_jobs();
  if (thrown) std::rethrow_exception(thrown);
  then();
}

}  // namespace strata::env
