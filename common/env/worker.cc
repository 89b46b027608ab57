#include "env/worker.h"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

#include "env/due_time.h"

namespace strata::env {
namespace {

void yield_to_foreground() {
  constexpr int kNice = 10;
  // On Linux each thread has an id and a priority of its own. If the system refuses, nothing is
  // lost.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
}

class ThreadWorker final : public Worker {
 public:
  ThreadWorker(Step step, std::chrono::nanoseconds first, Priority priority)
      : step_(std::move(step)), thread_([this, first, priority](const std::stop_token& stop) {
          if (priority == Priority::kLow) yield_to_foreground();
          run(first, stop);
        }) {}
  ~ThreadWorker() override { ThreadWorker::stop(); }

  // The thread is notified when the mutex is free, so that it need not wait for it.
  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(woken_, true)) return;
    }
    wake_.notify_one();
  }

  bool help() override { return false; }

  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            const std::function<bool()>& done, std::chrono::nanoseconds at_most) override {
    if (at_most == kWhenWoken)
      changed.wait(lock, done);
    else
      changed.wait_for(lock, at_most, done);
  }

  void stop() override {
    thread_.request_stop();
    wake();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run(std::chrono::nanoseconds due, const std::stop_token& stop) {
    const auto woken = [this] { return std::exchange(woken_, false); };
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        if (due == kWhenWoken)
          wake_.wait(lock, woken);
        else if (due == kAtOnce)
          woken();
        else
          wake_.wait_for(lock, due, woken);
      }
      if (stop.stop_requested()) return;
      due = step_(stop);
    }
  }

  const Step step_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;   // guarded by mutex_
  std::jthread thread_;  // last: joined before the other members go
};

class Threads final : public Workers {
 public:
  std::unique_ptr<Worker> start(Worker::Step step, std::chrono::nanoseconds first,
                                Priority priority) override {
    return std::make_unique<ThreadWorker>(std::move(step), first, priority);
  }
};

class InlineWorker final : public Worker {
 public:
  InlineWorker(Step step, std::chrono::nanoseconds first, const Clock& clock)
      : step_(std::move(step)), clock_(clock) {
    due_.add(first, clock_.now());
  }

  void wake() override { due_.set_at_once(); }

  // The first of several callers does the work of all. One of them may be the step itself.
  bool help() override {
    while (is_due() && !running_.exchange(true)) {
      const Running running(running_);
      while (is_due()) {
        due_.clear();
        due_.add(step_(stop_.get_token()), clock_.now());
      }
    }
    return true;
  }

  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable&,
            const std::function<bool()>&, std::chrono::nanoseconds) override {
    lock.unlock();
    do {
      help();
      running_.wait(true);  // another thread's help
    } while (is_due());
    lock.lock();
  }

  void stop() override {
    stop_.request_stop();
    running_.wait(true);
  }

 private:
  // The step runs as long as this lives.
  class Running {
   public:
    explicit Running(std::atomic<bool>& running) : running_(running) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      running_ = false;
      running_.notify_all();
    }

   private:
    std::atomic<bool>& running_;
  };

  bool is_due() const { return !stop_.stop_requested() && due_.has_come(clock_.now()); }

  const Step step_;
  const Clock& clock_;
  std::stop_source stop_;
  std::atomic<bool> running_{false};  // the step
  DueTime due_;
};

}  // namespace

Workers& threads() {
  static Threads threads;
  return threads;
}

Workers& inline_workers() {
  static InlineWorkers workers;
  return workers;
}

std::unique_ptr<Worker> InlineWorkers::start(Worker::Step step, std::chrono::nanoseconds first,
                                             Priority /*priority*/) {
  return std::make_unique<InlineWorker>(std::move(step), first, clock_);
}

}  // namespace strata::env
