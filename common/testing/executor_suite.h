// The contract of env::Executor, as tests that each of its forms must pass. A form is given as a
// class, which is made for each test:
//
//   struct SimulatedForm {
//     env::Executor& executor();
//     void destroy();               // the executor; what it left behind can still be run
//     bool run_until(condition);    // runs tasks until the condition holds; false: it never did
//     env::Task slow_work();        // takes longer than any task, in the executor's time
//     void end_slow_work();         // lets it end, if it would wait for that
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Simulated, ExecutorContract, SimulatedForm);
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/executor.h"

namespace strata::testing {

using namespace std::chrono_literals;

template <class Form>
class ExecutorContract : public ::testing::Test {
 protected:
  env::Executor& executor() { return form_.executor(); }
  env::Task note(std::string what) {
    return [this, what] { seen_.push_back(what); };
  }
  bool run_until_seen(std::size_t count) {
    return form_.run_until([this, count] { return seen_.size() >= count; });
  }
  // Runs all that is left once the executor is gone. Returns what its tasks did.
  std::vector<std::string> left_after_destruction() {
    seen_.clear();
    form_.destroy();
    EXPECT_FALSE(form_.run_until([] { return false; }));
    return seen_;
  }

  Form form_;
  std::vector<std::string> seen_;
};
TYPED_TEST_SUITE_P(ExecutorContract);

// Calls something when it is destroyed, unless it was moved from.
class AtEnd {
 public:
  explicit AtEnd(env::Task task) : task_(std::move(task)) {}
  AtEnd(AtEnd&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
  AtEnd& operator=(AtEnd&&) = delete;
  ~AtEnd() {
    if (task_) task_();
  }

 private:
  env::Task task_;
};

TYPED_TEST_P(ExecutorContract, RunsWhatWasPostedInOrderAndLater) {
  for (const char* name : {"1", "2", "3"}) this->executor().post(this->note(name));
  EXPECT_TRUE(this->seen_.empty());
  ASSERT_TRUE(this->run_until_seen(3));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("1", "2", "3"));
}

TYPED_TEST_P(ExecutorContract, WhatATaskPostsRunsAfterWhatWasPostedBefore) {
  this->executor().post([this] {
    this->executor().post(this->note("inner"));
    this->seen_.push_back("first");
  });
  this->executor().post(this->note("second"));
  ASSERT_TRUE(this->run_until_seen(3));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("first", "second", "inner"));
}

TYPED_TEST_P(ExecutorContract, TimersRunInTheOrderOfTheirTimesThenOfTheCalls) {
  const env::TimePoint begin = this->executor().now();
  std::vector<env::Timer> timers;
  const auto at = [&](std::chrono::nanoseconds after, const char* name) {
    timers.push_back(this->executor().at(begin + after, this->note(name)));
  };
  at(3ms, "3 a");
  at(2ms, "2 a");
  at(3ms, "3 b");
  at(1ms, "1");
  at(2ms, "2 b");
  at(-1s, "in the past");
  ASSERT_TRUE(this->run_until_seen(6));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("in the past", "1", "2 a", "2 b", "3 a", "3 b"));
}

TYPED_TEST_P(ExecutorContract, NoTimerRunsBeforeItsTime) {
  const env::TimePoint time = this->executor().now() + 3ms;
  env::TimePoint ran{};
  const auto timer = this->executor().at(time, [&] { ran = this->executor().now(); });
  ASSERT_TRUE(this->form_.run_until([&] { return ran != env::TimePoint{}; }));
  EXPECT_GE(ran, time);
}

TYPED_TEST_P(ExecutorContract, ATimerThatIsCancelledDestroyedOrReplacedNeverRuns) {
  const env::TimePoint soon = this->executor().now() + 1ms;
  const auto held = std::make_shared<int>();
  const auto task = [this, held] { this->seen_.push_back("cancelled"); };
  env::Timer cancelled = this->executor().at(soon, task);
  env::Timer replaced = this->executor().at(soon, task);
  {
    const env::Timer destroyed = this->executor().at(soon, task);
  }
  cancelled.cancel();
  cancelled.cancel();
  replaced = this->executor().at(soon + 1ms, this->note("replacement"));
  EXPECT_EQ(held.use_count(), 2) << "`task` itself; the others were destroyed at once";
  ASSERT_TRUE(this->run_until_seen(1));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("replacement"));
}

TYPED_TEST_P(ExecutorContract, ATimerCanBeCancelledWhenItsTimeHasCome) {
  const env::TimePoint past = this->executor().now();
  env::Timer second;
  const env::Timer first = this->executor().at(past, [&] {
    this->seen_.push_back("first");
    second.cancel();
  });
  second = this->executor().at(past, this->note("second"));
  const env::Timer third = this->executor().at(past, this->note("third"));
  ASSERT_TRUE(this->run_until_seen(2));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("first", "third"));
}

TYPED_TEST_P(ExecutorContract, ATaskMayCancelAndReplaceItsOwnTimer) {
  env::Timer timer;
  timer = this->executor().at(this->executor().now(), [&] {
    timer.cancel();
    timer = this->executor().at(this->executor().now(), this->note("again"));
    this->seen_.push_back("once");
  });
  ASSERT_TRUE(this->run_until_seen(2));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("once", "again"));
  timer.cancel();
}

TYPED_TEST_P(ExecutorContract, ATimerMayOutliveItsExecutor) {
  env::Timer timer = this->executor().at(this->executor().now(), this->note("never"));
  EXPECT_THAT(this->left_after_destruction(), ::testing::IsEmpty());
  timer.cancel();
}

TYPED_TEST_P(ExecutorContract, OffloadedWorkIsDoneAndDestroyedBeforeWhatComesThen) {
  bool done = false;
  const auto held = std::make_shared<int>();
  this->executor().offload([&done, held] { done = true; },
                           [this, &done, &held] {
                             EXPECT_TRUE(done);
                             EXPECT_EQ(held.use_count(), 1);
                             this->seen_.push_back("then");
                           });
  EXPECT_TRUE(this->seen_.empty());
  ASSERT_TRUE(this->run_until_seen(1));
}

TYPED_TEST_P(ExecutorContract, TasksRunWhileWorkGoesOn) {
  this->executor().offload(this->form_.slow_work(), this->note("then"));
  this->executor().post([this] {
    this->seen_.push_back("posted");
    this->form_.end_slow_work();
  });
  ASSERT_TRUE(this->run_until_seen(2));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("posted", "then"));
}

TYPED_TEST_P(ExecutorContract, WhatATaskThrowsReachesWhoeverRunsItAndTheNextTaskRuns) {
  this->executor().post([] { throw std::runtime_error("posted"); });
  this->executor().post(this->note("next"));
  EXPECT_THROW(this->run_until_seen(1), std::runtime_error);
  const auto timer =
      this->executor().at(this->executor().now(), [] { throw std::logic_error("timer"); });
  const auto later = this->executor().at(this->executor().now(), this->note("later"));
  EXPECT_THROW(this->run_until_seen(2), std::logic_error);
  ASSERT_TRUE(this->run_until_seen(2));
  EXPECT_THAT(this->seen_, ::testing::UnorderedElementsAre("next", "later"));
}

TYPED_TEST_P(ExecutorContract, WhatWorkThrowsComesOutInsteadOfItsThen) {
  this->executor().offload([] { throw std::runtime_error("work"); }, this->note("then"));
  EXPECT_THROW(this->run_until_seen(1), std::runtime_error);
  this->executor().offload([] {}, this->note("next"));
  ASSERT_TRUE(this->run_until_seen(1));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("next"));
}

TYPED_TEST_P(ExecutorContract, NothingRunsAfterItsDestructionAndAllIsDestroyed) {
  const auto held = std::make_shared<int>();
  const auto task = [this, held] { this->seen_.push_back("ran"); };
  this->executor().offload(this->form_.slow_work(), task);
  this->executor().post(this->note("begun"));
  ASSERT_TRUE(this->run_until_seen(1));
  this->executor().post(task);
  const env::Timer timer = this->executor().at(this->executor().now(), task);
  this->form_.end_slow_work();
  EXPECT_THAT(this->left_after_destruction(), ::testing::IsEmpty());
  EXPECT_EQ(held.use_count(), 2) << "`held` and `task`";
}

TYPED_TEST_P(ExecutorContract, ADroppedTaskMayOwnTimersAndPostAtItsEnd) {
  env::Executor& executor = this->executor();
  const auto owns = [&] {
    return [timer = executor.at(executor.now() + 1h, [] {}),
            end = AtEnd([&executor, this] {
              executor.post(this->note("posted"));
              executor.offload(this->note("work"), this->note("then"));
              executor.at(executor.now(), this->note("timer")).cancel();
            })] {};
  };
  executor.post(owns());
  const env::Timer timer = executor.at(executor.now() + 1h, owns());
  executor.offload([] {}, owns());
  EXPECT_THAT(this->left_after_destruction(), ::testing::IsEmpty());
}

TYPED_TEST_P(ExecutorContract, ATaskMayDestroyIt) {
  this->executor().post([this] {
    this->form_.destroy();
    this->seen_.push_back("destroyed");
  });
  this->executor().post(this->note("never"));
  ASSERT_TRUE(this->run_until_seen(1));
  EXPECT_FALSE(this->form_.run_until([] { return false; }));
  EXPECT_THAT(this->seen_, ::testing::ElementsAre("destroyed"));
}

TYPED_TEST_P(ExecutorContract, TimersAndThensMayDestroyItToo) {
  const env::Timer timer = this->executor().at(this->executor().now(), [this] {
    this->executor().offload([] {},
                             [this] {
                               this->form_.destroy();
                               this->seen_.push_back("destroyed");
                             });
  });
  ASSERT_TRUE(this->run_until_seen(1));
  EXPECT_FALSE(this->form_.run_until([] { return false; }));
}

REGISTER_TYPED_TEST_SUITE_P(
    ExecutorContract, RunsWhatWasPostedInOrderAndLater, WhatATaskPostsRunsAfterWhatWasPostedBefore,
    TimersRunInTheOrderOfTheirTimesThenOfTheCalls, NoTimerRunsBeforeItsTime,
    ATimerThatIsCancelledDestroyedOrReplacedNeverRuns, ATimerCanBeCancelledWhenItsTimeHasCome,
    ATaskMayCancelAndReplaceItsOwnTimer, ATimerMayOutliveItsExecutor,
    OffloadedWorkIsDoneAndDestroyedBeforeWhatComesThen, TasksRunWhileWorkGoesOn,
    WhatATaskThrowsReachesWhoeverRunsItAndTheNextTaskRuns, WhatWorkThrowsComesOutInsteadOfItsThen,
    NothingRunsAfterItsDestructionAndAllIsDestroyed, ADroppedTaskMayOwnTimersAndPostAtItsEnd,
    ATaskMayDestroyIt, TimersAndThensMayDestroyItToo);

}  // namespace strata::testing
