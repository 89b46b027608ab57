// The one logical thread of a node: it runs the node's tasks one at a time, so the node needs no
// lock. It also knows the time, and it has blocking work done elsewhere. The real form runs an Asio
// loop (net/asio_executor.h of week 4). The simulated form (simulated_executor.h) runs in virtual
// time, many of them on one thread.
//
// Order: tasks that were posted run in the order of the calls. Tasks of timers run in the order of
// their times, and those of one time in the order of the calls; none runs before its time. There is
// no order between posted tasks, timers and the ends of offloaded work. No task runs inside of
// post(), at() or offload().
//
// The end: a form stops when it is destroyed; the simulated one has stop(), too. Then no task
// starts any more, and all that wait are destroyed without having run: posted tasks, timers, work
// that has not begun, and each `then`. The real form waits for work that runs. After a stop, every
// call has no effect. An executor may be destroyed by a task of its own, but not by a `work`.
//
// Exceptions: what a task throws comes out of the call that runs the executor, such as run_one() or
// asio::io_context::run(). What `work` throws comes out there, too, instead of its `then`. The
// executor goes on with the next task if somebody runs it again.
//
// Thread-safety: post() and now() may be called from any thread. All others are for tasks of this
// executor, or for times at which nobody runs it, and so is its destruction. The same holds for the
// timers that it made. (The simulated form is for one thread only.)
#pragma once

#include <functional>
#include <utility>

#include "env/clock.h"

namespace strata::env {

using Task = std::move_only_function<void()>;

// Owns a task that is to run at a certain time. It may outlive its executor.
class [[nodiscard]] Timer {
 public:
  Timer() = default;                                           // of no task
  explicit Timer(Task cancel) : cancel_(std::move(cancel)) {}  // for forms of Executor
  Timer(Timer&& other) noexcept : cancel_(std::exchange(other.cancel_, nullptr)) {}
  // Cancels the task that this timer had before.
  Timer& operator=(Timer&& other) noexcept {
    Task mine = std::exchange(cancel_, std::exchange(other.cancel_, nullptr));
    if (mine) mine();
    return *this;
  }
  ~Timer() { cancel(); }

  // Ensures: the task does not start any more, and is destroyed if it has not run. Has no effect
  // if the task runs or has run; so a task may cancel, replace or destroy its own timer.
  void cancel() {
    if (Task mine = std::exchange(cancel_, nullptr)) mine();
  }

 private:
  Task cancel_;
};

class Executor {
 public:
  virtual ~Executor() = default;

  // The time on the steady clock. In the simulated form, no time passes while a task runs.
  virtual TimePoint now() const = 0;

  // Runs `task` later.
  virtual void post(Task task) = 0;

  // Runs `task` once `time` has come, unless the result is destroyed before.
  virtual Timer at(TimePoint time, Task task) = 0;

  // For what blocks, such as the disk: runs `work` elsewhere, and `then` on this executor when
  // `work` has returned and was destroyed. Tasks go on running meanwhile. Several works may run at
  // the same time, and end in any order. `work` must not touch what the tasks of this executor use.
  virtual void offload(Task work, Task then) = 0;
};

}  // namespace strata::env
