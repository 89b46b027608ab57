// If a compaction would save readers many searches, the store wakes the compactor. The compactor
// here works only in this case.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "env/simulated_file_system.h"
#include "lsm_options.h"
#include "testing/eventually.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;
using testing::IsOk;

// Empties level 0 once readers have searched its tables often. Fails at first with a full disk, as
// many times as asked.
class CompactorForReaders final : public Compactor {
 public:
  explicit CompactorForReaders(int failures) : failures_(failures) {}
  Result<bool> step(VersionSet& versions, SequenceNumber oldest, const std::stop_token&) override {
    if (++steps <= failures_) return unavailable("no room");
    const auto current = versions.current();
    if (current->needless_looks() < 5000) return false;
    for (const TableInfo& table : current->version().levels[0])
      STRATA_TRY(versions.compacted({{.level = 0, .number = table.number}}, {}, oldest));
    return true;
  }
  std::atomic<int> steps{0};

 private:
  const int failures_;
};

class LsmReaders : public ::testing::Test {
 protected:
  void open(int failures) {
    compactor_ = std::make_shared<CompactorForReaders>(failures);
    LsmOptions options = small_options(env::threads());
    options.compactor = compactor_;
    store_ = LsmStore::open(fs_, "/store", options).value();
  }
  // Both are in level 0, and a reader of "b" searches both without success.
  void write_two_tables() {
    for (int table = 0; table < 2; ++table) {
      for (const char* key : {"a", "z"}) ASSERT_THAT(store_->put(key, "1"), IsOk());
      ASSERT_THAT(store_->flush(), IsOk());
    }
  }

  env::SimulatedFileSystem fs_;
  std::shared_ptr<CompactorForReaders> compactor_;
  std::unique_ptr<LsmStore> store_;
};

TEST_F(LsmReaders, HaveTheCompactorLookAgain) {
  open(0);
  write_two_tables();
  EXPECT_TRUE(testing::eventually([&] {
    EXPECT_THAT(store_->get("b"), IsOk());
    return store_->version().table_count() == 0;
  }));
}

TEST_F(LsmReaders, AreCountedThroughSnapshotsToo) {
  open(0);
  write_two_tables();
  const auto snapshot = store_->snapshot().value();
  EXPECT_TRUE(testing::eventually([&] {
    EXPECT_THAT(store_->get("b", {.snapshot = snapshot}), IsOk());
    return store_->version().table_count() == 0;
  }));
}

TEST_F(LsmReaders, AreHeardAgainOnceAStepGoesWell) {
  open(1);
  ASSERT_TRUE(testing::eventually([&] { return compactor_->steps > 0; }));
  write_two_tables();  // it looks again and finds nothing to do
  EXPECT_TRUE(testing::eventually([&] {
    EXPECT_THAT(store_->get("b"), IsOk());
    return store_->version().table_count() == 0;
  }));
}

TEST_F(LsmReaders, DoNotHaveItTryAgainWhatHasFailed) {
  open(1'000'000);
  write_two_tables();
  ASSERT_THAT(store_->compact(), FailsWith(ErrorCode::kUnavailable));  // it is done with them
  const int before = compactor_->steps;
  for (int i = 0; i < 50'000; ++i) ASSERT_THAT(store_->get("b"), IsOk());
  EXPECT_EQ(compactor_->steps, before);
}

}  // namespace
}  // namespace strata::lsm
