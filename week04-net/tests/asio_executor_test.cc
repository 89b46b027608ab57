// What AsioExecutor does beyond the contract in testing/executor_suite.h: real threads.
#include "net/asio_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <asio/post.hpp>

#include <algorithm>
#include <barrier>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "testing/executor_suite.h"

namespace strata::net {
namespace {

using namespace std::chrono_literals;

struct AsioForm {
  ~AsioForm() { end_slow_work(); }

  env::Executor& executor() { return *executor_; }
  void destroy() { executor_.reset(); }
  template <class Condition>
  bool run_until(Condition condition) {
    io_.restart();
    while (!condition())
      if (io_.run_one_for(1min) == 0) return false;
    return true;
  }
  Task slow_work() {
    return [this] { ended_.wait(); };
  }
  void end_slow_work() {
    if (!std::exchange(was_ended_, true)) end_.set_value();
  }

 private:
  bool was_ended_ = false;
  std::promise<void> end_;
  std::shared_future<void> ended_ = end_.get_future().share();
  asio::io_context io_{1};
  std::optional<AsioExecutor> executor_{std::in_place, io_, 2u};
};

TEST(AsioExecutor, TakesTasksFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 500;
  AsioForm form;
  std::vector<std::vector<int>> seen(kThreads);
  int count = 0;
  std::vector<std::jthread> threads;
  for (auto& mine : seen)
    threads.emplace_back([&] {
      for (int i = 0; i < kTasks; ++i)
        form.executor().post([&mine, &count, i] {
          mine.push_back(i);
          ++count;
        });
    });
  ASSERT_TRUE(form.run_until([&] { return count == kThreads * kTasks; }));
  for (const auto& of_a_thread : seen) EXPECT_TRUE(std::ranges::is_sorted(of_a_thread));
}

TEST(AsioExecutor, DoesWorkOnSeveralThreadsAtOnceAndThenGoesOnOnItsOwn) {
  AsioForm form;
  std::barrier both(2);
  std::vector<std::thread::id> ends;
  const auto here = std::this_thread::get_id();
  for (int i = 0; i < 2; ++i)
    form.executor().offload(
        [&] {
          EXPECT_NE(std::this_thread::get_id(), here);
          both.arrive_and_wait();
        },
        [&] { ends.push_back(std::this_thread::get_id()); });
  ASSERT_TRUE(form.run_until([&] { return ends.size() == 2; }));
  EXPECT_THAT(ends, ::testing::Each(here));
}

TEST(AsioExecutor, WorkMayPost) {
  AsioForm form;
  std::vector<int> seen;
  form.executor().offload([&] { form.executor().post([&] { seen.push_back(1); }); },
                          [&] { seen.push_back(2); });
  ASSERT_TRUE(form.run_until([&] { return seen.size() == 2; }));
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre(1, 2));
}

TEST(AsioExecutor, ItsDestructionWaitsForTheWorkThatRuns) {
  asio::io_context io{1};
  std::promise<void> begun;
  std::promise<void> end;
  const auto held = std::make_shared<int>();
  bool done = false;
  std::optional<AsioExecutor> executor(std::in_place, io, 1u);
  executor->offload(
      [&, held] {
        begun.set_value();
        end.get_future().wait();
        done = true;
      },
      [held] {});
  executor->offload([held] {}, [held] {});
  begun.get_future().wait();
  std::jthread ender([&] { end.set_value(); });
  executor.reset();
  EXPECT_TRUE(done);
  EXPECT_EQ(held.use_count(), 1) << "something was not destroyed";
}

TEST(AsioExecutor, KeepsItsLoopRunningUntilItIsDestroyed) {
  asio::io_context io{1};
  std::optional<AsioExecutor> executor(std::in_place, io, 1u);
  std::jthread loop([&io] { io.run(); });
  for (int i = 0; i < 3; ++i) {
    std::promise<void> ran;
    executor->post([&] { ran.set_value(); });
    ran.get_future().wait();
  }
  asio::post(io, [&] { executor.reset(); });
}  // blocks until io.run() has returned

}  // namespace
}  // namespace strata::net

namespace strata::testing {
INSTANTIATE_TYPED_TEST_SUITE_P(Asio, ExecutorContract, net::AsioForm);
}
