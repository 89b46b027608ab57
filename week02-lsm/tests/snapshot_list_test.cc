#include "lsm/snapshot_list.h"

#include <gtest/gtest.h>

#include "testing/results.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;

TEST(SnapshotList, TheOldestIsThatOfThoseWhichLive) {
  SnapshotList list;
  EXPECT_EQ(list.oldest(), std::nullopt);
  auto five = list.take(SequenceNumber(5));
  auto three = list.take(SequenceNumber(3));
  EXPECT_EQ(list.oldest(), SequenceNumber(3));
  three.reset();
  EXPECT_EQ(list.oldest(), SequenceNumber(5));
  five.reset();
  EXPECT_EQ(list.oldest(), std::nullopt);
}

TEST(SnapshotList, OneMayGoWhileAnotherAtTheSameNumberStays) {
  SnapshotList list;
  auto one = list.take(SequenceNumber(3));
  const auto other = list.take(SequenceNumber(3));
  one.reset();
  EXPECT_EQ(list.oldest(), SequenceNumber(3));
  EXPECT_EQ(list.sequence_of(*other).value(), SequenceNumber(3));
}

TEST(SnapshotList, KnowsItsOwnAndMayGoBeforeThem) {
  auto list = std::make_unique<SnapshotList>();
  const auto snapshot = list->take(SequenceNumber(3));
  EXPECT_EQ(list->sequence_of(*snapshot).value(), SequenceNumber(3));
  EXPECT_THAT(SnapshotList().sequence_of(*snapshot), FailsWith(ErrorCode::kInvalidArgument));
  list.reset();
}

}  // namespace
}  // namespace strata::lsm
