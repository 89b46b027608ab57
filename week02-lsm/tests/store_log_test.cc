#include "lsm/store_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using testing::IsOk;

class StoreLogTest : public ::testing::Test {
 protected:
  Result<void> append() {
    const WriteBatch batch = WriteBatch().put("key", std::string(100, 'v'));
    const WriteBatch* const one = &batch;
    return log_->append({&one, 1}, {}, SyncMode::kAlways);
  }

  void SetUp() override {
    ASSERT_THAT(wal::Log::create(fs_, "/wal", 1, wal::Position()), IsOk());
    auto log = wal::Log::open(fs_, "/wal", 1, {.segment_bytes = 512, .preallocate = 256}, {},
                              [](const wal::Record&) -> Result<void> { return {}; });
    ASSERT_THAT(log, IsOk());
    log_.emplace(fs_, "/wal", *std::move(log));
  }

  env::SimulatedFileSystem fs_;
  std::optional<StoreLog> log_;
};

// Removing later segments would leave a hole: the next opening would take it for lost records.
TEST_F(StoreLogTest, RemovesNothingMoreOnceARemovalHasFailed) {
  for (int i = 0; i < 20; ++i) ASSERT_THAT(append(), IsOk());
  ASSERT_TRUE(log_->drop_before(log_->rotate().value()));
  fs_.fail_call(env::DiskCall::kNames, 0);
  log_->remove_dropped();
  EXPECT_TRUE(log_->drop_error().has_value());
  for (int i = 0; i < 20; ++i) ASSERT_THAT(append(), IsOk());
  const std::size_t files = fs_.list("/wal").value().size();
  EXPECT_FALSE(log_->drop_before(log_->rotate().value())) << "there is nothing to do";
  log_->check_invariants();
  log_->remove_dropped();
  EXPECT_GE(fs_.list("/wal").value().size(), files);
}

TEST_F(StoreLogTest, KnowsItsSizeAfterASegmentThatCouldNotBegin) {
  fs_.fail_call(env::DiskCall::kNames, 3);
  int appended = 0;
  while (appended < 100 && append()) {
    ++appended;
    log_->check_invariants();
  }
  EXPECT_FALSE(fs_.fault_pending(env::DiskCall::kNames));
  log_->check_invariants();
}

}  // namespace
}  // namespace strata::lsm
