#include "env/executor_worker.h"

#include <gtest/gtest.h>

#include <vector>

#include "env/simulated_executor.h"

namespace strata::env {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A worker whose steps note when they ran. Each takes a millisecond of the disk.
class ExecutorWorkerTest : public ::testing::Test {
 protected:
  // `dues`: what the steps return, one after the other; then kWhenWoken.
  void start(nanoseconds first, std::vector<nanoseconds> dues) {
    worker_ = workers_.start(
        [this, dues = std::move(dues)](const std::stop_token&) {
          busy_ += milliseconds(1);
          ran_.push_back((queue_.now() - TimePoint()) / milliseconds(1));
          return ran_.size() <= dues.size() ? dues[ran_.size() - 1] : Worker::kWhenWoken;
        },
        first);
  }
  void run_all() {
    while (queue_.run_one()) {
    }
  }

  using Times = std::vector<std::int64_t>;
  EventQueue queue_;
  nanoseconds busy_{0};
  SimulatedExecutor executor_{queue_, 2, [this] { return std::exchange(busy_, nanoseconds(0)); }};
  ExecutorWorkers workers_{executor_};
  std::unique_ptr<Worker> worker_;
  Times ran_;
};

TEST_F(ExecutorWorkerTest, RunsAfterItWasWokenAndNotBefore) {
  start(Worker::kWhenWoken, {});
  run_all();
  EXPECT_EQ(ran_, Times());
  worker_->wake();
  worker_->wake();
  EXPECT_EQ(ran_, Times());
  run_all();
  EXPECT_EQ(ran_, Times({0}));
}

TEST_F(ExecutorWorkerTest, OnePieceAtATimeTakesTurnsWithOtherTasks) {
  start(Worker::kAtOnce, {Worker::kAtOnce, Worker::kAtOnce});
  Times others;
  const Timer timer = executor_.at(TimePoint(milliseconds(1)), [&] { others = ran_; });
  run_all();
  EXPECT_EQ(ran_, Times({0, 1, 2}));
  EXPECT_EQ(others, Times({0})) << "the task ran between two pieces";
}

TEST_F(ExecutorWorkerTest, RunsWhenItsTimeHasCome) {
  start(milliseconds(10), {milliseconds(5)});
  run_all();
  EXPECT_EQ(ran_, Times({10, 15}));
}

TEST_F(ExecutorWorkerTest, AWokenWorkerDoesNotWaitForItsTime) {
  start(milliseconds(10), {milliseconds(20)});
  queue_.run_until(TimePoint(milliseconds(3)));
  worker_->wake();
  run_all();
  EXPECT_EQ(ran_, Times({3, 23}));
}

TEST_F(ExecutorWorkerTest, ACallerThatWaitsRunsThePieces) {
  start(Worker::kAtOnce, {Worker::kAtOnce, Worker::kAtOnce});
  EXPECT_FALSE(worker_->help());
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  worker_->wait(lock, changed, [this] { return ran_.size() == 2; });
  EXPECT_EQ(ran_.size(), 2u);
  worker_->wait(lock, changed, [] { return false; });
  EXPECT_EQ(ran_.size(), 3u) << "there is no more that it could wait for";
  EXPECT_TRUE(lock.owns_lock());
  run_all();
  EXPECT_EQ(ran_.size(), 3u);
}

TEST_F(ExecutorWorkerTest, DoesNothingAfterStop) {
  start(milliseconds(1), {});
  worker_->wake();
  worker_->stop();
  run_all();
  worker_->wake();
  worker_.reset();
  run_all();
  EXPECT_EQ(ran_, Times());
}

TEST_F(ExecutorWorkerTest, ACrashOfTheExecutorEndsItsWork) {
  start(Worker::kAtOnce, {});
  executor_.stop();
  run_all();
  EXPECT_EQ(ran_, Times());
}

}  // namespace
}  // namespace strata::env
