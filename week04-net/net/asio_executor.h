// The real form of env::Executor: an Asio loop runs the tasks, and a small pool of threads does the
// offloaded work.
//
// Thread-safety: see env/executor.h. The thread that runs `io` is the executor's thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include <cstddef>
#include <memory>

#include "env/executor.h"

namespace strata::net {

using env::Task;
using env::TimePoint;

class AsioExecutor final : public env::Executor {
 public:
  // Keeps io.run() from returning, until it is destroyed. `threads`: how many works may run at the
  // same time. Requires: at most one thread runs `io`; `io` outlives this object.
  AsioExecutor(asio::io_context& io, std::size_t threads);
  // Blocks until the works that run have returned.
  ~AsioExecutor() override;
  AsioExecutor(const AsioExecutor&) = delete;
  AsioExecutor& operator=(const AsioExecutor&) = delete;

  TimePoint now() const override;
  void post(Task task) override;
  env::Timer at(TimePoint time, Task task) override;
  void offload(Task work, Task then) override;

 private:
  class Loop;

  const std::shared_ptr<Loop> loop_;  // also of what waits in `io`, which finds it stopped later
  asio::thread_pool pool_;
};

}  // namespace strata::net
