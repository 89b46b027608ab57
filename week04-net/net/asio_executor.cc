#include "net/asio_executor.h"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace strata::net {

// What the executor's thread has to do. The tasks are kept here and not in the handlers that Asio
// holds, so that stop() can destroy them all; a handler takes the next one that is left.
//
// Thread-safety: post() may be called from any thread, all else from the executor's.
class AsioExecutor::Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(asio::io_context& io)
      : io_(io), guard_(io.get_executor()), timer_(std::in_place, io) {}

  bool stopped() const { return stopped_; }
  void post(Task task);
  env::Timer at(TimePoint time, Task task);
  std::uint64_t next_number() { return ++number_; }
  // `then` runs in end() of the same number.
  void begin(std::uint64_t number, Task then) { thens_.emplace(number, std::move(then)); }
  void end(std::uint64_t number, const std::exception_ptr& thrown);
  void stop();

 private:
  using TimerKey = std::pair<TimePoint, std::uint64_t>;  // by time, then in the order of the calls

  void run_posted();
  void wait_for_first_timer();
  void run_first_timer();

  asio::io_context& io_;
  std::mutex mutex_;
  std::deque<Task> posted_;  // guarded by mutex_
  bool stopped_ = false;  // changed by this thread, with mutex_; other threads read it with mutex_
  // Used on this thread only:
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::optional<asio::steady_timer> timer_;  // for the first of timers_; none after a stop
  std::map<TimerKey, Task> timers_;
  std::map<std::uint64_t, Task> thens_;  // of offloaded work
  std::uint64_t number_ = 0;             // of timers and of works
};

// If memory runs out, the handler is there without the task, which does no harm.
void AsioExecutor::Loop::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  asio::post(io_, [loop = shared_from_this()] { loop->run_posted(); });
  posted_.push_back(std::move(task));
}

void AsioExecutor::Loop::run_posted() {
  Task task;
  {
    const std::lock_guard lock(mutex_);
    if (posted_.empty()) return;
    task = std::move(posted_.front());
    posted_.pop_front();
  }
  task();
}

env::Timer AsioExecutor::Loop::at(TimePoint time, Task task) {
  if (stopped_) return {};
  const TimerKey key{time, next_number()};
  const auto added = timers_.emplace(key, std::move(task)).first;
  if (added == timers_.begin()) wait_for_first_timer();
  return env::Timer([weak = weak_from_this(), key] {
    const auto loop = weak.lock();
    const auto cancelled = loop ? loop->timers_.extract(key) : decltype(loop->timers_)::node_type();
  });
}

// Ends an earlier wait. A wait for a timer that was cancelled goes on, and finds nothing to do.
void AsioExecutor::Loop::wait_for_first_timer() {
  if (timers_.empty()) return;
  timer_->expires_at(timers_.begin()->first.first);
  timer_->async_wait([loop = shared_from_this()](asio::error_code failed) {
    if (!failed) loop->run_first_timer();
  });
}

void AsioExecutor::Loop::run_first_timer() {
  if (timers_.empty()) return;
  const bool is_due = timers_.begin()->first.first <= env::system_clock().now();
  auto due = is_due ? timers_.extract(timers_.begin()) : decltype(timers_)::node_type();
  wait_for_first_timer();
  if (due) due.mapped()();
}

void AsioExecutor::Loop::end(std::uint64_t number, const std::exception_ptr& thrown) {
  auto then = thens_.extract(number);
  if (thrown) std::rethrow_exception(thrown);
  if (then) then.mapped()();
}

// The tasks are destroyed last: their destructors may call the executor.
void AsioExecutor::Loop::stop() {
  std::deque<Task> posted;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    posted.swap(posted_);
  }
  timer_.reset();
  guard_.reset();
  const auto timers = std::exchange(timers_, {});
  const auto thens = std::exchange(thens_, {});
}

AsioExecutor::AsioExecutor(asio::io_context& io, std::size_t threads)
    : loop_(std::make_shared<Loop>(io)), pool_(threads) {}

AsioExecutor::~AsioExecutor() {
  loop_->stop();
  pool_.stop();
  pool_.join();
}

TimePoint AsioExecutor::now() const { return env::system_clock().now(); }

void AsioExecutor::post(Task task) { loop_->post(std::move(task)); }

env::Timer AsioExecutor::at(TimePoint time, Task task) { return loop_->at(time, std::move(task)); }

void AsioExecutor::offload(Task work, Task then) {
  if (loop_->stopped()) return;
  const std::uint64_t number = loop_->next_number();
  asio::post(pool_, [loop = loop_, number, work = std::move(work)]() mutable {
    std::exception_ptr thrown;
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
    work = nullptr;
    loop->post([loop = loop.get(), number, thrown] { loop->end(number, thrown); });
  });
  loop_->begin(number, std::move(then));
}

}  // namespace strata::net
