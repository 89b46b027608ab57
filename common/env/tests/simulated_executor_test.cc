// What SimulatedExecutor does beyond the contract in testing/executor_suite.h.
#include "env/simulated_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/simulated_file_system.h"
#include "testing/executor_suite.h"
#include "testing/results.h"

namespace strata::env {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using namespace std::chrono_literals;

struct SimulatedForm {
  Executor& executor() { return *executor_; }
  void destroy() { executor_.reset(); }
  template <class Condition>
  bool run_until(Condition condition) {
    while (!condition())
      if (!queue_.run_one()) return false;
    return true;
  }
  Task slow_work() {
    return [this] { busy_ = 1h; };
  }
  void end_slow_work() {}

 private:
  EventQueue queue_;
  std::chrono::nanoseconds busy_{0};
  std::optional<SimulatedExecutor> executor_{std::in_place, queue_, 1u,
                                             [this] { return std::exchange(busy_, 0ns); }};
};

}  // namespace
}  // namespace strata::env

namespace strata::testing {
INSTANTIATE_TYPED_TEST_SUITE_P(Simulated, ExecutorContract, env::SimulatedForm);
}

namespace strata::env {
namespace {

class SimulatedExecutorTest : public ::testing::Test {
 protected:
  Task note(std::string what) {
    return [this, what] {
      seen_.push_back(what + " at " + std::to_string(queue_.now().time_since_epoch() / 1ms));
    };
  }
  Task takes(std::chrono::nanoseconds time) {
    return [this, time] { busy_ += time; };
  }
  SimulatedExecutor::BusyTime busy_time() {
    return [this] { return std::exchange(busy_, 0ns); };
  }
  void run() {
    while (queue_.run_one()) continue;
  }

  EventQueue queue_;
  std::chrono::nanoseconds busy_{0};
  std::vector<std::string> seen_;
};

TEST_F(SimulatedExecutorTest, WorkEndsAfterTheTimeThatTheDiskWasBusyWithIt) {
  SimulatedFileSystem disk;
  disk.set_cost(DiskCall::kSync, {.fixed = 5ms});
  SimulatedExecutor executor(queue_, 1, [&disk] { return disk.take_busy_time(); });
  const auto file = disk.create("/f").value();
  executor.offload(
      [&] {
        note("work")();
        EXPECT_THAT(file->sync(), IsOk());
        EXPECT_THAT(file->sync(), IsOk());
      },
      note("then"));
  run();
  EXPECT_THAT(seen_, ElementsAre("work at 0", "then at 10"));
}

TEST_F(SimulatedExecutorTest, WhatItsOwnTasksDoToTheDiskTakesNoTime) {
  SimulatedExecutor executor(queue_, 1, busy_time());
  executor.post(takes(10ms));
  executor.offload(takes(1ms), note("then"));
  run();
  EXPECT_THAT(seen_, ElementsAre("then at 1"));
}

TEST_F(SimulatedExecutorTest, YieldsKeepTheOrderOfWhatIsPosted) {
  std::vector<std::chrono::nanoseconds> yields{1ms, 0ms, 5ms};  // of the tasks, last one first
  SimulatedExecutor executor(queue_, 1, busy_time(), [&] {
    const auto yield = yields.back();
    yields.pop_back();
    return yield;
  });
  for (const char* task : {"one", "two", "three"}) executor.post(note(task));
  run();
  EXPECT_THAT(seen_, ElementsAre("one at 5", "two at 5", "three at 5"));
}

TEST_F(SimulatedExecutorTest, NothingHappensInAPause) {
  SimulatedExecutor executor(queue_, 1, busy_time());
  executor.post(note("posted"));
  const Timer timer = executor.at(TimePoint(2ms), note("timer"));
  const Timer late = executor.at(TimePoint(20ms), note("late"));
  executor.offload(takes(1ms), note("then"));
  executor.pause_until(TimePoint(10ms));
  executor.post(note("posted meanwhile"));
  run();
  EXPECT_THAT(seen_, ElementsAre("posted at 10", "timer at 10", "posted meanwhile at 10",
                                 "then at 11", "late at 20"));
}

TEST_F(SimulatedExecutorTest, ItsTimersGoByItsOwnClock) {
  SkewedClock clock(queue_.clock());
  SimulatedExecutor executor(queue_, 1, busy_time(), {}, &clock);
  clock.drift(1'000'000);  // twice as fast
  const Timer timer = executor.at(TimePoint(10ms), [&] {
    note("timer")();
    EXPECT_EQ(executor.now(), TimePoint(10ms));
  });
  const Timer never = executor.at(TimePoint::max(), note("never"));
  queue_.run_until(TimePoint(1h));
  EXPECT_THAT(seen_, ElementsAre("timer at 5"));
}

TEST_F(SimulatedExecutorTest, WorkWaitsForAThread) {
  SimulatedExecutor executor(queue_, 2, busy_time());
  executor.offload(takes(30ms), note("1"));
  executor.offload(takes(10ms), note("2"));
  executor.offload(takes(10ms), note("3"));
  executor.offload(takes(5ms), note("4"));
  run();
  EXPECT_THAT(seen_, ElementsAre("2 at 10", "3 at 20", "4 at 25", "1 at 30"));
}

TEST_F(SimulatedExecutorTest, WorkThatThrowsFreesItsThread) {
  SimulatedExecutor executor(queue_, 1, busy_time());
  executor.offload([] { throw std::runtime_error("work"); }, note("never"));
  executor.offload([] {}, note("next"));
  EXPECT_THROW(run(), std::runtime_error);
  run();
  EXPECT_THAT(seen_, ElementsAre("next at 0"));
}

TEST_F(SimulatedExecutorTest, ACrashFindsWorkDoneThatNobodyHeardOf) {
  SimulatedExecutor executor(queue_, 1, busy_time());
  SimulatedExecutor other(queue_, 1, busy_time());
  bool done = false;
  executor.offload(
      [&] {
        done = true;
        busy_ = 10ms;
      },
      note("then"));
  executor.offload(note("waiting"), note("waiting, then"));
  const auto timer = executor.at(TimePoint(7ms), note("timer"));
  const auto crash = other.at(TimePoint(5ms), [&] { executor.stop(); });
  const auto later = other.at(TimePoint(20ms), note("the other"));
  run();
  EXPECT_TRUE(done);
  EXPECT_THAT(seen_, ElementsAre("the other at 20"));
}

TEST_F(SimulatedExecutorTest, NothingComesOfWhatIsAskedAfterAStop) {
  SimulatedExecutor executor(queue_, 1, busy_time());
  executor.stop();
  executor.post(note("task"));
  executor.offload(note("work"), note("then"));
  Timer timer = executor.at(queue_.now(), note("timer"));
  EXPECT_TRUE(queue_.empty());
  timer.cancel();
}

TEST_F(SimulatedExecutorTest, AWorkMayStopIt) {
  SimulatedExecutor executor(queue_, 1, busy_time());
  executor.offload([&] { executor.stop(); }, note("then"));
  executor.post(note("task"));
  run();
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(SimulatedExecutorTest, TasksOfManyExecutorsRunInTheOrderOfTheCalls) {
  SimulatedExecutor one(queue_, 1, busy_time());
  SimulatedExecutor two(queue_, 1, busy_time());
  one.post(note("1"));
  two.post([&] { one.post(note("4")); });
  one.post(note("2"));
  two.post(note("3"));
  run();
  EXPECT_THAT(seen_, ElementsAre("1 at 0", "2 at 0", "3 at 0", "4 at 0"));
}

}  // namespace
}  // namespace strata::env
