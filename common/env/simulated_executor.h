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

  // `threads`: how many works may run at the same time. Requires: it is not 0; `queue` outlives
  // this object and its timers.
  SimulatedExecutor(EventQueue& queue, std::size_t threads, BusyTime busy_time);
  ~SimulatedExecutor() override { stop(); }
  SimulatedExecutor(const SimulatedExecutor&) = delete;
  SimulatedExecutor& operator=(const SimulatedExecutor&) = delete;

  TimePoint now() const override { return queue_.now(); }
  void post(Task task) override;
  Timer at(TimePoint time, Task task) override;
  void offload(Task work, Task then) override;

  // As the destructor does it, see executor.h. A `work` may call it, and ends as usual.
  void stop();

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
  std::size_t free_threads_;
  std::deque<Job> waiting_;  // for a thread
  bool stopped_ = false;
};

}  // namespace strata::env
