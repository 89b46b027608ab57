#include "env/worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

namespace strata::env {
namespace {

using std::chrono::milliseconds;
using Due = std::chrono::nanoseconds;

// A worker without a thread whose steps are counted.
class InlineWorkerTest : public ::testing::Test {
 protected:
  void start(Due first, Due then) {
    worker_ = workers_.start(
        [this, then](const std::stop_token&) {
          ++steps_;
          return then;
        },
        first);
  }
  int steps_after_help() {
    EXPECT_TRUE(worker_->help());
    return steps_;
  }

  int steps_ = 0;
  SimulatedClock clock_;
  InlineWorkers workers_{clock_};
  std::unique_ptr<Worker> worker_;
};

TEST_F(InlineWorkerTest, WorksWhenSomebodyHelpsAndOnlyIfItWasWoken) {
  start(Worker::kWhenWoken, Worker::kWhenWoken);
  EXPECT_EQ(steps_after_help(), 0);
  worker_->wake();
  worker_->wake();
  EXPECT_EQ(steps_, 0);
  EXPECT_EQ(steps_after_help(), 1);
  EXPECT_EQ(steps_after_help(), 1);
}

TEST_F(InlineWorkerTest, WorksWhenItsTimeHasCome) {
  start(milliseconds(10), milliseconds(5));
  clock_.advance(milliseconds(9));
  EXPECT_EQ(steps_after_help(), 0);
  clock_.advance(milliseconds(1));
  EXPECT_EQ(steps_after_help(), 1);
  clock_.advance(milliseconds(4));
  EXPECT_EQ(steps_after_help(), 1);
  clock_.advance(milliseconds(100));
  EXPECT_EQ(steps_after_help(), 2) << "what was missed is done once";
}

TEST_F(InlineWorkerTest, GoesOnAsLongAsAPieceIsDue) {
  worker_ = workers_.start(
      [this](const std::stop_token&) {
        if (++steps_ == 3) worker_->wake();
        return steps_ < 3 ? Worker::kAtOnce : Worker::kWhenWoken;
      },
      Worker::kAtOnce);
  EXPECT_EQ(steps_after_help(), 4) << "three pieces, and one that the third one asked for";
}

TEST_F(InlineWorkerTest, WorksForACallerThatWaits) {
  start(Worker::kAtOnce, Worker::kWhenWoken);
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  worker_->wait(lock, changed, [this] { return steps_ == 1; });
  EXPECT_EQ(steps_, 1);
  worker_->wait(lock, changed, [] { return false; });  // nobody would ever make it true
  EXPECT_TRUE(lock.owns_lock());
}

TEST_F(InlineWorkerTest, AStepThatThrowsEndsTheHelpAndNothingElse) {
  worker_ = workers_.start(
      [this](const std::stop_token&) -> Due {
        if (++steps_ == 1) throw std::runtime_error("the first time");
        return Worker::kWhenWoken;
      },
      Worker::kAtOnce);
  EXPECT_THROW(worker_->help(), std::runtime_error);
  worker_->wake();
  EXPECT_EQ(steps_after_help(), 2);
  worker_->stop();
}

TEST_F(InlineWorkerTest, DoesNothingAfterStop) {
  start(Worker::kAtOnce, Worker::kAtOnce);
  worker_->stop();
  EXPECT_EQ(steps_after_help(), 0);
}

// A wake-up that comes while another thread is at the end of a step is not lost.
TEST(InlineWorker, ManyThreadsMayWakeItAndHelp) {
  constexpr int kPieces = 20'000;
  std::atomic<int> asked{0};
  std::atomic<int> done{0};
  InlineWorkers workers;
  const auto worker = workers.start(
      [&](const std::stop_token&) {
        if (done < asked) ++done;
        return done < asked ? Worker::kAtOnce : Worker::kWhenWoken;
      },
      Worker::kWhenWoken);
  const auto ask = [&] {
    for (int i = 0; i < kPieces; ++i) {
      ++asked;
      worker->wake();
      worker->help();
    }
  };
  {
    const std::jthread other(ask);
    ask();
  }
  EXPECT_EQ(done, asked);
}

TEST(ThreadWorker, WorksWhenItIsWoken) {
  std::mutex mutex;
  std::condition_variable changed;
  int steps = 0;
  const auto worker = threads().start(
      [&](const std::stop_token&) {
        const std::lock_guard lock(mutex);
        ++steps;
        changed.notify_all();
        return Worker::kWhenWoken;
      },
      Worker::kWhenWoken);
  for (int i = 1; i <= 100; ++i) {
    std::unique_lock lock(mutex);
    worker->wake();
    worker->wait(lock, changed, [&] { return steps == i; });
    EXPECT_EQ(steps, i);
  }
  EXPECT_FALSE(worker->help());
}

TEST(ThreadWorker, WorksWhenItsTimeHasCome) {
  std::latch three(3);
  const auto worker = threads().start(
      [&, left = 3](const std::stop_token&) mutable -> Due {
        three.count_down();
        return --left == 0 ? Due(Worker::kWhenWoken) : Due(std::chrono::microseconds(10));
      },
      std::chrono::microseconds(10));
  three.wait();
}

TEST(ThreadWorker, ACallerWaitsAtMostForItsTime) {
  const auto worker = threads().start([](const std::stop_token&) { return Worker::kWhenWoken; },
                                      Worker::kWhenWoken);
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  worker->wait(lock, changed, [] { return false; }, std::chrono::microseconds(10));
  EXPECT_TRUE(lock.owns_lock());
}

TEST(ThreadWorker, StopEndsALongStepAndNoneFollows) {
  std::latch begun(1);
  std::atomic<int> steps{0};
  const auto worker = threads().start(
      [&](const std::stop_token& stop) {
        ++steps;
        begun.count_down();
        while (!stop.stop_requested()) std::this_thread::yield();
        return Worker::kAtOnce;
      },
      Worker::kAtOnce, Priority::kLow);
  begun.wait();
  worker->wake();
  worker->stop();
  worker->wake();
  worker->stop();
  EXPECT_EQ(steps, 1);
}

}  // namespace
}  // namespace strata::env
