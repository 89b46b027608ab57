// Task 1.6: writers that share one sync.
#include "wal/group_commit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "env/simulated_file_system.h"
#include "testing/eventually.h"
#include "testing/scarce_memory.h"
#include "wal/logged_store.h"

namespace strata::wal {
namespace {

using Batches = std::span<const WriteBatch* const>;

WriteBatch batch_of(std::string_view key) { return WriteBatch().put(key, "value"); }

// Submits once on the test's own thread. A body that is not written yet throws, and the other
// threads of a test must not throw.
void submit_once() {
  GroupCommit group([](Batches) { return Result<void>(); });
  ASSERT_TRUE(group.submit(batch_of("x")).has_value());
}

TEST(GroupCommit, CommitsOneWriteAndReturnsWhatItSaid) {
  int commits = 0;
  GroupCommit group([&](Batches batches) -> Result<void> {
    EXPECT_EQ(batches.size(), 1u);
    return ++commits == 1 ? Result<void>() : Result<void>(io_error("broken"));
  });
  EXPECT_TRUE(group.submit(batch_of("a")).has_value());
  const auto second = group.submit(batch_of("b"));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message, "broken");
}

// Blocks the first commit until release_ is counted down. Meanwhile other writers join the queue.
class HeldCommit {
 public:
  Result<void> operator()(Batches batches) {
    if (commits_++ == 0) {
      first_is_running_.count_down();
      release_.wait();
    }
    sizes_.push_back(batches.size());
    for (const WriteBatch* batch : batches) keys_.emplace_back((*batch)[0].key);
    return {};
  }
  std::latch first_is_running_{1};
  std::latch release_{1};
  int commits_ = 0;
  std::vector<std::size_t> sizes_;
  std::vector<std::string> keys_;
};

TEST(GroupCommit, WritersThatCameMeanwhileShareTheNextCommit) {
  submit_once();
  HeldCommit held;
  GroupCommit group([&](Batches batches) { return held(batches); });
  std::vector<std::jthread> writers;
  writers.emplace_back([&] { EXPECT_TRUE(group.submit(batch_of("first")).has_value()); });
  held.first_is_running_.wait();
  std::latch started(7);
  for (int i = 0; i < 7; ++i)
    writers.emplace_back([&, i] {
      started.count_down();
      EXPECT_TRUE(group.submit(batch_of(fmt::format("{}", i))).has_value());
    });
  started.wait();
  EXPECT_TRUE(testing::eventually([&] { return group.waiting() >= 8; }));  // the leader counts too
  held.release_.count_down();
  writers.clear();
  EXPECT_THAT(held.sizes_, ::testing::ElementsAre(1u, 7u));
}

TEST(GroupCommit, NobodyIsAnsweredBeforeTheCommitReturns) {
  submit_once();
  std::mutex mutex;
  std::set<std::string> committed;  // guarded by mutex
  GroupCommit group([&](Batches batches) -> Result<void> {
    for (int i = 0; i < 100; ++i) std::this_thread::yield();  // so that others join the next group
    const std::lock_guard lock(mutex);
    for (const WriteBatch* batch : batches) committed.emplace((*batch)[0].key);
    return {};
  });
  std::vector<std::jthread> writers;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([&, w] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = fmt::format("{}:{}", w, i);
        EXPECT_TRUE(group.submit(batch_of(key)).has_value());
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(committed.contains(key));
      }
    });
}

TEST(GroupCommit, EveryWriteIsCommittedOnceAndInTheOrderOfItsWriter) {
  submit_once();
  std::vector<std::string> keys;
  GroupCommit group([&](Batches batches) -> Result<void> {
    for (const WriteBatch* batch : batches) keys.emplace_back((*batch)[0].key);
    return {};
  });
  constexpr int kWriters = 8;
  constexpr int kWrites = 300;
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < kWriters; ++w)
      writers.emplace_back([&, w] {
        for (int i = 0; i < kWrites; ++i)
          EXPECT_TRUE(group.submit(batch_of(fmt::format("{}:{:04}", w, i))).has_value());
      });
  }
  ASSERT_EQ(keys.size(), std::size_t{kWriters} * kWrites);
  std::vector<std::string> last(kWriters);
  for (const std::string& key : keys) {
    std::string& before = last[static_cast<std::size_t>(key[0] - '0')];
    EXPECT_LT(before, key);
    before = key;
  }
}

// A request lives on its writer's stack. One that stayed in the queue would be a dead leader.
TEST(GroupCommit, AWriterWithoutMemoryLeavesTheQueue) {
  ASSERT_NO_FATAL_FAILURE(submit_once());
  const WriteBatch batch = batch_of("a");
  const std::function<Result<void>()> action = [] { return Result<void>(); };
  const std::function<void(GroupCommit&)> calls[] = {
      [&](GroupCommit& group) { static_cast<void>(group.submit(batch).has_value()); },
      [&](GroupCommit& group) { static_cast<void>(group.run_alone(action).has_value()); },
      [&](GroupCommit& group) { static_cast<void>(group.try_run_alone(action).has_value()); }};
  for (const auto& call : calls) {
    for (std::uint64_t at = 0;; ++at) {
      GroupCommit group([](Batches) { return Result<void>(io_error("a message, on the heap")); });
      testing::ScarceMemory scarce(at);
      try {
        call(group);
      } catch (const std::bad_alloc&) {
        EXPECT_TRUE(scarce.ran_out());
      }
      scarce.stop();
      ASSERT_EQ(group.waiting(), 0u) << at;
      if (!scarce.ran_out()) break;
    }
  }
}

TEST(GroupCommit, TriesAnActionOnlyIfNobodyCommits) {
  ASSERT_NO_FATAL_FAILURE(submit_once());
  HeldCommit held;
  GroupCommit group([&](Batches batches) { return held(batches); });
  int actions = 0;
  const auto action = [&]() -> Result<void> {
    ++actions;
    return {};
  };
  {
    const std::jthread writer([&] { EXPECT_TRUE(group.submit(batch_of("a")).has_value()); });
    held.first_is_running_.wait();
    EXPECT_EQ(group.try_run_alone(action), std::nullopt) << "and does not wait";
    held.release_.count_down();
  }
  EXPECT_EQ(group.try_run_alone(action), Result<void>());
  EXPECT_EQ(actions, 1);
  EXPECT_EQ(group.waiting(), 0u);
  EXPECT_TRUE(group.submit(batch_of("b")).has_value());
}

TEST(GroupCommit, ALargeBatchDoesNotMakeTheOthersWait) {
  submit_once();
  HeldCommit held;
  GroupCommit group([&](Batches batches) { return held(batches); });
  std::vector<std::jthread> writers;
  writers.emplace_back([&] { EXPECT_TRUE(group.submit(batch_of("first")).has_value()); });
  held.first_is_running_.wait();
  const std::string large(800'000, 'x');
  for (int i = 0; i < 3; ++i)
    writers.emplace_back(
        [&] { EXPECT_TRUE(group.submit(WriteBatch().put("large", large)).has_value()); });
  EXPECT_TRUE(testing::eventually([&] { return group.waiting() >= 4; }));
  held.release_.count_down();
  writers.clear();
  EXPECT_THAT(held.sizes_, ::testing::ElementsAre(1u, 1u, 1u, 1u));
}

TEST(GroupCommit, AnErrorIsEverybodysInTheGroup) {
  submit_once();
  std::latch first_is_running(1);
  std::latch release(1);
  int commits = 0;
  GroupCommit group([&](Batches) -> Result<void> {
    if (commits++ == 0) {
      first_is_running.count_down();
      release.wait();
      return {};
    }
    return io_error("broken");
  });
  std::vector<std::jthread> writers;
  writers.emplace_back([&] { EXPECT_TRUE(group.submit(batch_of("first")).has_value()); });
  first_is_running.wait();
  for (int i = 0; i < 3; ++i)
    writers.emplace_back([&] { EXPECT_FALSE(group.submit(batch_of("x")).has_value()); });
  EXPECT_TRUE(testing::eventually([&] { return group.waiting() >= 4; }));
  release.count_down();
}

TEST(GroupCommit, AnExceptionReachesEveryWriterAndBlocksNobody) {
  submit_once();
  GroupCommit group([&](Batches) -> Result<void> { throw std::runtime_error("thrown"); });
  std::vector<std::jthread> writers;
  std::atomic<int> caught{0};
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&] {
      try {
        static_cast<void>(group.submit(batch_of("x")).has_value());
      } catch (const std::runtime_error& error) {
        if (std::string_view(error.what()) == "thrown") ++caught;
      }
    });
  writers.clear();
  EXPECT_EQ(caught, 4);
}

TEST(GroupCommit, RunsAnActionAlone) {
  submit_once();
  std::atomic<int> inside{0};
  GroupCommit group([&](Batches) -> Result<void> {
    EXPECT_EQ(++inside, 1);
    --inside;
    return {};
  });
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        if (t % 2 == 0) {
          EXPECT_TRUE(group.submit(batch_of("x")).has_value());
          continue;
        }
        EXPECT_TRUE(group
                        .run_alone([&]() -> Result<void> {
                          EXPECT_EQ(++inside, 1);
                          --inside;
                          return {};
                        })
                        .has_value());
      }
    });
}

// The store's part of the task: a write is first durable, then visible, then answered.
TEST(GroupCommit, AWriteIsDurableBeforeAnybodySeesIt) {
  env::SimulatedFileSystem fs;
  auto store = LoggedStore::open(fs, "/data");
  ASSERT_TRUE(store.has_value()) << store.error().message;
  bool seen_early = false;
  fs.on_change([&] {  // runs on the writer's thread, between its calls
    const auto value = (*store)->get("key");
    const auto disk = fs.after_power_cut({});
    const auto copy = LoggedStore::open(*disk, "/data");
    ASSERT_TRUE(copy.has_value()) << copy.error().message;
    const auto durable = (*copy)->get("key");
    if (value->value_or("") > durable->value_or("")) seen_early = true;
  });
  ASSERT_TRUE((*store)->put("key", "1").has_value());
  ASSERT_TRUE((*store)->put("key", "2").has_value());
  const auto disk = fs.after_power_cut({});
  fs.on_change(nullptr);
  const auto copy = LoggedStore::open(*disk, "/data");
  ASSERT_TRUE(copy.has_value());
  EXPECT_EQ(*(*copy)->get("key"), "2");
  EXPECT_FALSE(seen_early);
}

TEST(GroupCommit, AWriteThatFailedIsNotSeen) {
  env::SimulatedFileSystem fs;
  auto store = LoggedStore::open(fs, "/data");
  ASSERT_TRUE(store.has_value());
  ASSERT_TRUE((*store)->put("key", "one").has_value());
  fs.fail_call(env::DiskCall::kSync, 0);
  EXPECT_FALSE((*store)->put("key", "two").has_value());
  EXPECT_EQ(*(*store)->get("key"), "one");
  EXPECT_FALSE((*store)->put("other", "value").has_value());
  EXPECT_EQ(*(*store)->get("other"), std::nullopt);
}

}  // namespace
}  // namespace strata::wal
