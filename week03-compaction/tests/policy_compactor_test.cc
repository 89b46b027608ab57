// Whether the next plan is one of a request or one of the policy.
#include "compaction/policy_compactor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "small_engine.h"
#include "testing/results.h"

namespace strata::compaction {
namespace {

using testing::FailsWith;
using testing::IsOk;

// A policy that rewrites a table of the last level, as often as it is told to.
class BusyPolicy final : public CompactionPolicy {
 public:
  std::string_view name() const override { return "busy"; }
  std::optional<CompactionPlan> pick(const lsm::Version& version) const override {
    if (left == 0 || version.levels.back().empty()) return std::nullopt;
    --left;
    CompactionPlan plan = kOptions.plan(lsm::kLevels - 1);
    add_inputs({&version.levels.back().back(), 1}, lsm::kLevels - 1, plan);
    plan.reason = "policy";
    return plan;
  }
  std::uint64_t debt(const lsm::Version&) const override { return 0; }

  static constexpr LevelledOptions kOptions{.table_bytes = 3'000, .max_overlap = 3};
  mutable int left = 0;
};

// Notes R for each plan of a request, P for each plan of the policy.
class Turns final : public CompactionObserver {
 public:
  Turns(env::SimulatedFileSystem& fs, BusyPolicy& policy) : fs_(fs), policy_(policy) {}
  void begun(const CompactionPlan& plan, const lsm::Version&) override {
    seen += plan.reason == "policy" ? 'P' : 'R';
    if (seen == "R") policy_.left = plans_of_the_policy;
    if (seen.back() == 'P' && fail_the_policy) fs_.fail_call(env::DiskCall::kSync, 0);
  }

  std::string seen;
  int plans_of_the_policy = 0;   // how many plans it has after a request began
  bool fail_the_policy = false;  // its plans fail

 private:
  env::SimulatedFileSystem& fs_;
  BusyPolicy& policy_;
};

// A store whose last level has many tables with garbage, which a request rewrites in pieces.
class PolicyCompactorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lsm::LsmOptions options = engine(small_engine());
    options.throttle = nullptr;
    options.compactor = std::make_shared<PolicyCompactor>(
        policy_, CompactorOptions{.tables = options.tables,
                                  .bottom_tables = options.tables,
                                  .requests = BusyPolicy::kOptions,
                                  .observer = &turns_});
    store_ = lsm::LsmStore::open(fs_, "/store", options).value();
    for (int i = 0; i < 2000; ++i)
      ASSERT_THAT(store_->put(fmt::format("{:06}", i), std::to_string(i * 7919)), IsOk());
    auto snapshot = store_->snapshot().value();
    for (int i = 0; i < 2000; ++i) ASSERT_THAT(store_->remove(fmt::format("{:06}", i)), IsOk());
    ASSERT_THAT(store_->compact(), IsOk());
    turns_.seen.clear();
  }

  env::SimulatedFileSystem fs_;
  const std::shared_ptr<BusyPolicy> policy_ = std::make_shared<BusyPolicy>();
  Turns turns_{fs_, *policy_};
  std::unique_ptr<lsm::LsmStore> store_;
};

TEST_F(PolicyCompactorTest, RequestsAndThePolicyTakeTurns) {
  turns_.plans_of_the_policy = 3;
  ASSERT_THAT(store_->compact(), IsOk());
  EXPECT_THAT(turns_.seen, ::testing::MatchesRegex("RPRPRPR+"));
  EXPECT_EQ(store_->version().table_count(), 0u);
}

TEST_F(PolicyCompactorTest, ARequestWhoseCallerWasToldOfAnErrorIsNotWorkedOnLater) {
  turns_.plans_of_the_policy = 1;
  turns_.fail_the_policy = true;
  EXPECT_THAT(store_->compact(), FailsWith(ErrorCode::kIo));
  EXPECT_EQ(turns_.seen, "RP");
  ASSERT_THAT(store_->put("a", "1"), IsOk());
  ASSERT_THAT(store_->flush(), IsOk());
  EXPECT_EQ(turns_.seen, "RP");
  ASSERT_THAT(store_->compact(), IsOk());
  EXPECT_EQ(store_->version().table_count(), 1u);
}

TEST_F(PolicyCompactorTest, ARequestIsAboutItsRange) {
  ASSERT_THAT(store_->compact("001000", "001500"), IsOk());
  const lsm::Version version = store_->version();
  for (const lsm::TableInfo& table : version.levels.back())
    EXPECT_TRUE(table.garbage > 0 && (lsm::largest_user_key(table) < "001000" ||
                                      lsm::smallest_user_key(table) > "001500"));
  EXPECT_GT(version.table_count(), 3u);
}

// Level 0 has two tables, which the policy leaves alone. A reader reports sixteen looks at a time.
TEST(PolicyCompactorForReaders, MergesWhatHasBeenPaidFor) {
  env::SimulatedFileSystem fs;
  ASSERT_THAT(fs.make_directory("/store"), IsOk());
  ASSERT_THAT(lsm::VersionSet::create(fs, "/store", 7), IsOk());
  const auto versions = lsm::VersionSet::open(fs, "/store", 7, {}).value();
  ASSERT_THAT(versions->resume(), IsOk());
  for (std::uint64_t number = 1; number <= 2; ++number) {
    lsm::Memtable memtable;
    for (const char* key : {"a", "z"})
      memtable.add(lsm::SequenceNumber(number), {OperationKind::kPut, key, std::string(500, 'v')});
    const auto table = versions->write_table(memtable).value();
    ASSERT_THAT(versions->flushed(table, wal::Position(), lsm::SequenceNumber(number)), IsOk());
  }
  const auto policy = std::make_shared<LevelledPolicy>(LevelledOptions());
  PolicyCompactor compactor(policy, {.tables = {},
                                     .bottom_tables = {},
                                     .bytes_a_look = 10,
                                     .requests = LevelledOptions(),
                                     .observer = &CompactionObserver::none()});
  const auto tables = versions->current();
  const std::uint64_t price = tables->version().table_bytes();
  ASSERT_GT(price, 2000u);
  const auto look_until = [&](std::uint64_t looks) {
    while (tables->needless_looks() < looks)
      ASSERT_THAT(tables->get("b", lsm::kMaxSequence), IsOk());
  };
  look_until(price / 10 - 32);
  EXPECT_FALSE(compactor.step(*versions, lsm::SequenceNumber(2), {}).value()) << "not yet";
  look_until(price / 10 + 1);
  EXPECT_TRUE(compactor.step(*versions, lsm::SequenceNumber(2), {}).value());
  EXPECT_EQ(versions->current()->version().table_count(), 1u);
  EXPECT_FALSE(compactor.step(*versions, lsm::SequenceNumber(2), {}).value());
}

}  // namespace
}  // namespace strata::compaction
