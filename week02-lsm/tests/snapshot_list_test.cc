#include "lsm/snapshot_list.h"

#include <gtest/gtest.h>

#include "testing/results.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;

class SnapshotListTest : public ::testing::Test {
 protected:
  // Takes a snapshot at this number.
  std::shared_ptr<const Snapshot> take(std::uint64_t sequence) {
    visible_ = sequence;
    return list_->take();
  }
  std::atomic<std::uint64_t> visible_{0};
  std::unique_ptr<SnapshotList> list_ = std::make_unique<SnapshotList>(visible_);
};

TEST_F(SnapshotListTest, TheOldestIsThatOfThoseWhichLive) {
  auto three = take(3);
  auto five = take(5);
  visible_ = 9;
  EXPECT_EQ(list_->oldest(), SequenceNumber(3));
  three.reset();
  EXPECT_EQ(list_->oldest(), SequenceNumber(5));
  five.reset();
  EXPECT_EQ(list_->oldest(), SequenceNumber(9)) << "what a snapshot would be taken at now";
}

TEST_F(SnapshotListTest, OneMayGoWhileAnotherAtTheSameNumberStays) {
  auto one = take(3);
  const auto other = take(3);
  visible_ = 9;
  one.reset();
  EXPECT_EQ(list_->oldest(), SequenceNumber(3));
  EXPECT_EQ(list_->sequence_of(*other).value(), SequenceNumber(3));
}

TEST_F(SnapshotListTest, KnowsItsOwnAndMayGoBeforeThem) {
  const auto snapshot = take(3);
  EXPECT_EQ(list_->sequence_of(*snapshot).value(), SequenceNumber(3));
  EXPECT_THAT(SnapshotList(visible_).sequence_of(*snapshot),
              FailsWith(ErrorCode::kInvalidArgument));
  list_.reset();
}

}  // namespace
}  // namespace strata::lsm
