// Who does the background work of a store: a thread, or the callers that need the work done.
//
// The work is a machine that is driven: a step does one piece of it and says when the next piece is
// due. Threads drive it in a program. Without threads it runs in a fixed order, for tests and for
// simulated worlds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include "env/clock.h"

namespace strata::env {

// Thread-safety: wake(), help() and wait() may be called from many threads at once; stop() by one.
class Worker {
 public:
  // One piece of the work. Returns after how long the next piece is due. `stop` asks a long piece
  // to end early. Never runs twice at the same time. Must not throw,
  // except that without threads an exception comes out of help() or wait().
  using Step = std::function<std::chrono::nanoseconds(const std::stop_token& stop)>;
  static constexpr std::chrono::nanoseconds kAtOnce{0};
  static constexpr auto kWhenWoken = std::chrono::nanoseconds::max();  // only after wake()

  virtual ~Worker() = default;

  // A piece is due now. Does not block, and does not run the step.
  virtual void wake() = 0;

  // For workers whose work is left to their callers: runs the step as long as a piece is due, and
  // returns true. If a call of help() is running already, maybe the one that called the step, then
  // that one goes on, and this one returns. All other workers return false at once.
  virtual bool help() = 0;

  // Waits until `done` returns true, but at most for `at_most`. A thread that changes what `done`
  // looks at notifies `changed`. A worker without a thread runs the step as long as a piece is due,
  // and then returns: nothing else would change. Requires: `lock` is held; it is released
  // meanwhile. The step does not call this for its own worker.
  virtual void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                    const std::function<bool()>& done,
                    std::chrono::nanoseconds at_most = kWhenWoken) = 0;

  // Asks a running step to end, and waits for it. No step begins afterwards. Call it before what
  // the step uses goes away.
  virtual void stop() = 0;
};

enum class Priority {
  kNormal,
  kLow,  // gives way to threads that a caller waits for
};

class Workers {
 public:
  virtual ~Workers() = default;
  // A worker whose first piece is due after `first`.
  virtual std::unique_ptr<Worker> start(Worker::Step step, std::chrono::nanoseconds first,
                                        Priority priority = Priority::kNormal) = 0;
};

// Each worker is a thread. One object for the whole process; it has no state.
Workers& threads();

// The workers have no threads. They take what time it is from `clock`, which outlives them.
class InlineWorkers final : public Workers {
 public:
  explicit InlineWorkers(const Clock& clock = system_clock()) : clock_(clock) {}
  std::unique_ptr<Worker> start(Worker::Step step, std::chrono::nanoseconds first,
                                Priority priority = Priority::kNormal) override;

 private:
  const Clock& clock_;
};

// Such workers with the system's clock. One object for the whole process.
Workers& inline_workers();

}  // namespace strata::env
