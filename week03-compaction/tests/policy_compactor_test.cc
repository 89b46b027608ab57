// Whose plan is carried out: those of requests and the policy's.
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

// Has a table of the last level written anew, as often as it is told to.
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

// R for each plan of a request, P for each of the policy.
class Turns final : public CompactionObserver {
 public:
  Turns(env::SimulatedFileSystem& fs, BusyPolicy& policy) : fs_(fs), policy_(policy) {}
  void begun(const CompactionPlan& plan, const lsm::Version&) override {
    seen += plan.reason == "policy" ? 'P' : 'R';
    if (seen == "R") policy_.left = plans_of_the_policy;
    if (seen.back() == 'P' && fail_the_policy) fs_.fail_sync(0);
  }

  std::string seen;
  int plans_of_the_policy = 0;   // that it has once a request is begun
  bool fail_the_policy = false;  // its plans meet an error

 private:
  env::SimulatedFileSystem& fs_;
  BusyPolicy& policy_;
};

// A store whose last level has many tables with garbage, which a request writes anew in pieces.
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
    EXPECT_TRUE(table.garbage > 0 && (last_key(table) < "001000" || first_key(table) > "001500"));
  EXPECT_GT(version.table_count(), 3u);
}

}  // namespace
}  // namespace strata::compaction
