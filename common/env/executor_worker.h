// Workers that an Executor drives: each piece of their work is offloaded (executor.h). So
// background work of a node takes turns with its tasks, in a simulated world in virtual time.
#pragma once

#include <memory>

#include "env/executor.h"
#include "env/worker.h"

namespace strata::env {

// A caller that waits runs the step itself, unless it is just running. help() does nothing.
// Thread-safety: as Worker; start(), stop() and destruction belong to the executor's thread.
class ExecutorWorkers final : public Workers {
 public:
  // Requires: `executor` outlives these workers.
  explicit ExecutorWorkers(Executor& executor) : executor_(executor) {}
  std::unique_ptr<Worker> start(Worker::Step step, std::chrono::nanoseconds first,
                                Priority priority = Priority::kNormal) override;

 private:
  Executor& executor_;
};

}  // namespace strata::env
