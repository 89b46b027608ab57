// A server's load: many operations under way from one thread, in a closed loop and in an open one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "store/memory_store.h"
#include "workload/runner.h"
#include "workload/settings.h"

namespace strata::workload {
namespace {

using std::chrono::milliseconds;

// Answers only when run() is called, in any order, and counts the operations in flight.
class SlowStore final : public AsyncStore {
 public:
  explicit SlowStore(std::size_t connections) : under_way_(connections, 0) {}

  std::size_t connections() const override { return under_way_.size(); }
  void get(std::size_t connection, std::string_view key, Got got) override {
    auto found = store_.get(key);
    if (lie_ && found && *found) (*found)->pop_back();
    begin(connection,
          [got = std::move(got), found = std::move(found)]() mutable { got(std::move(found)); });
  }
  void write(std::size_t connection, const WriteBatch& batch, Written written) override {
    auto done = store_.write(batch);
    begin(connection, [written = std::move(written), done = std::move(done)]() mutable {
      written(std::move(done));
    });
  }
  void run(std::chrono::nanoseconds) override {
    if (clock_.steady() < silent_until_ || waiting_.empty()) return;
    const std::size_t at = random_.below(waiting_.size());
    std::swap(waiting_[at], waiting_.back());
    Waiting one = std::move(waiting_.back());
    waiting_.pop_back();
    --under_way_[one.connection];
    one.answer();
  }

  void be_silent(milliseconds time) { silent_until_ = clock_.steady() + time; }
  void lie() { lie_ = true; }
  std::size_t most_on_a_connection() const { return most_; }
  std::uint64_t keys() const { return store_.key_count(); }

 private:
  struct Waiting {
    std::size_t connection;
    std::move_only_function<void()> answer;
  };
  void begin(std::size_t connection, std::move_only_function<void()> answer) {
    most_ = std::max(most_, ++under_way_[connection]);
    waiting_.push_back({connection, std::move(answer)});
  }

  MemoryStore store_;
  const env::SystemClock clock_;
  env::Random random_{1};
  std::vector<std::size_t> under_way_;
  std::vector<Waiting> waiting_;
  std::size_t most_ = 0;
  std::chrono::nanoseconds silent_until_{0};
  bool lie_ = false;
};

class PipelinedTest : public ::testing::Test {
 protected:
  Result<workload::Run> run(std::string_view name, std::uint64_t operations,
                            const Pipeline& pipeline) {
    const Workload* workload = *find_workload(name);
    const Job job{.store = unasked_,
                  .workload = *workload,
                  .pool = pool_,
                  .keys = keys_,
                  .operations = operations,
                  .key_size = 16,
                  .seed = 1,
                  .threads = 1,
                  .whole = true};
    return run_pipelined(job, store_, pipeline, nullptr);
  }

  MemoryStore unasked_;
  const ValuePool pool_{100, 1};
  KeySpace keys_{1000};
  SlowStore store_{5};
};

TEST_F(PipelinedTest, DoesEachOperationOnceWithAsManyUnderWayAsItMay) {
  const auto filled = run("fillrandom", 1000, {.depth = 4});
  ASSERT_TRUE(filled.has_value()) << filled.error().message;
  EXPECT_EQ(filled->tally.operations(), 1000u);
  EXPECT_EQ(filled->tally.writes, 1000u);
  EXPECT_EQ(store_.keys(), 1000u);
  EXPECT_EQ(store_.most_on_a_connection(), 4u);
  const auto read = run("readrandom", 3000, {.depth = 1});
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->tally.found, 3000u);
}

TEST_F(PipelinedTest, MixesReadWhatTheyInserted) {
  ASSERT_TRUE(run("fillrandom", 1000, {.depth = 4}).has_value());
  for (const auto* name : {"ycsba", "ycsbb", "ycsbc", "ycsbd"}) {
    const auto mixed = run(name, 2000, {.depth = 4});
    ASSERT_TRUE(mixed.has_value()) << name << ": " << mixed.error().message;
    EXPECT_EQ(mixed->tally.operations(), 2000u);
  }
  EXPECT_GT(keys_.size(), 1000u) << "ycsbd inserts";
}

TEST_F(PipelinedTest, ScansAreForTheOtherRunner) {
  for (const auto* name : {"readseq", "seekrandom", "ycsbe", "ycsbf", "readwhilewriting"})
    EXPECT_FALSE(can_be_pipelined(**find_workload(name))) << name;
}

TEST_F(PipelinedTest, AWrongValueEndsTheRun) {
  ASSERT_TRUE(run("fillrandom", 1000, {.depth = 4}).has_value());
  store_.lie();
  const auto read = run("readrandom", 1000, {.depth = 4});
  ASSERT_FALSE(read.has_value());
  EXPECT_TRUE(read.error().message.starts_with("wrong read"));
}

TEST_F(PipelinedTest, AKeyThatWasLostEndsTheRun) {
  EXPECT_FALSE(run("readrandom", 1000, {.depth = 4}).has_value());
}

TEST_F(PipelinedTest, WithARateALatencyCountsFromWhenTheOperationWasDue) {
  ASSERT_TRUE(run("fillrandom", 1000, {.depth = 4}).has_value());
  // Nothing is answered for a while. In a closed loop, only the operations in flight have a long
  // latency. In an open loop, all operations that were due meanwhile have one: the time from when
  // each was due.
  store_.be_silent(milliseconds(50));
  const auto closed = run("readrandom", 1000, {.depth = 1});
  ASSERT_TRUE(closed.has_value());
  EXPECT_LT(closed->tally.latency.percentile(90), milliseconds(10));
  store_.be_silent(milliseconds(50));
  const auto open = run("readrandom", 100, {.depth = 1, .rate = 2000});
  ASSERT_TRUE(open.has_value());
  EXPECT_GE(open->elapsed, milliseconds(49));
  EXPECT_GT(open->tally.latency.percentile(50), milliseconds(10));
}

// ---- The command line

Result<Settings> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "strata-load");
  return parse_settings(static_cast<int>(words.size()), words.data());
}

TEST(ConnectSettings, NameAServerInsteadOfStores) {
  const auto settings = parse({"--connect=127.0.0.1:4400", "--connections=50", "--pipeline=16",
                               "--rate=1000", "--secret-file=secret"});
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->connect->address, "127.0.0.1:4400");
  EXPECT_EQ(settings->connect->connections, 50u);
  EXPECT_EQ(settings->connect->secret_file, "secret");
  EXPECT_EQ(settings->pipeline, 16u);
  EXPECT_EQ(settings->rate, 1000u);
  EXPECT_FALSE(parse({"--connect=here:1", "--stores=memory"}).has_value());
  EXPECT_FALSE(parse({"--connect=here:1", "--cold"}).has_value());
}

TEST(ConnectSettings, AreRefusedWithoutAServer) {
  for (const auto* word : {"--connections=5", "--pipeline=5", "--rate=5", "--secret-file=x"})
    EXPECT_FALSE(parse({word}).has_value()) << word;
}

TEST(ConnectSettings, AProgramWithoutANetworkSaysSo) {
  const auto target = remote_target({.address = "127.0.0.1:1"});
  ASSERT_FALSE(target.has_value());
  EXPECT_EQ(target.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace strata::workload
