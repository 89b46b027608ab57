// The logical thread of a node in a simulated world: its tasks are events of the world's queue. A
// crash of the node is stop(): nothing of what it had planned happens any more.
//
// Offloaded work happens in one piece, at the moment when one of the simulated threads is free. Its
// end comes later, by the time that the disk says it took. So a crash between the two finds work
// that was done, and that nobody heard of. What the node's own tasks do to the disk takes no time.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>

#include "env/event_queue.h"
#include "env/executor.h"

namespace strata::env {

class SimulatedExecutor final : public Executor {
 public:
  // Returns the time that the disk was busy since it was last asked, such as
  // SimulatedFileSystem::take_busy_time(). It is asked before each work and after it.
  using BusyTime = std::function<std::chrono::nanoseconds()>;

  // Returns how long the thread does something else before it comes to a task that is posted now:
  // another yield, another order of what several nodes and clients do.
  using Yield = std::function<std::chrono::nanoseconds()>;

  // `threads`: how many works may run at the same time. `clock`: the node's; without one it has the
  // queue's time. Requires: `threads` is not 0; `queue` outlives this object and its timers, and
  // `clock`, which tells a time of this queue, outlives this object.
  SimulatedExecutor(EventQueue& queue, std::size_t threads, BusyTime busy_time, Yield yield = {},
                    const SkewedClock* clock = nullptr);
  ~SimulatedExecutor() override { stop(); }
  SimulatedExecutor(const SimulatedExecutor&) = delete;
  SimulatedExecutor& operator=(const SimulatedExecutor&) = delete;

  TimePoint now() const override { return clock_ ? clock_->now() : queue_.now(); }
  // A timer keeps the pace that the clock has when it is set.
  void post(Task task) override;
  Timer at(TimePoint time, Task task) override;
  void offload(Task work, Task then) override;

  // As the destructor does it, see executor.h. A `work` may call it, and ends as usual.
  void stop();
  // Nothing of it happens until then, on the clock of the queue.
  void pause_until(TimePoint time);

 private:
  struct Job {
    Task work;
    Task then;
  };

  void begin_jobs();
  void run(Job job);
  void end(const std::exception_ptr& thrown, Task then);

  EventQueue& queue_;
  const BusyTime busy_time_;
  const Yield yield_;
  const SkewedClock* const clock_;
  TimePoint last_posted_{};  // when the last posted task runs
  std::size_t free_threads_;
  std::deque<Job> waiting_;  // for a thread
  bool stopped_ = false;
};

}  // namespace strata::env
