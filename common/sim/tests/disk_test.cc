#include "sim/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/results.h"

namespace strata::sim {
namespace {

using env::DiskCall;
using strata::testing::FailsWith;
using strata::testing::IsOk;
using ::testing::ElementsAre;

class SimDisk : public ::testing::Test {
 protected:
  // Writes a byte to a new file, without a sync. Two changes of the disk.
  Result<void> write(const std::string& path) {
    STRATA_TRY(const auto file, disk_.files().create(path));
    return file->write_at(0, as_bytes("1"));
  }

  int cuts_ = 0;
  Disk disk_{[] { return 7; }, [this] { ++cuts_; }};
};

TEST_F(SimDisk, ThePowerIsCutAtTheChangeThatWasSaid) {
  disk_.cut_power_after(2);
  EXPECT_THAT(write("/one"), IsOk());
  EXPECT_EQ(cuts_, 0);
  EXPECT_TRUE(disk_.is_whole());
  EXPECT_THAT(write("/two"), IsOk()) << "the node does not know it yet";
  EXPECT_EQ(cuts_, 1);
  EXPECT_FALSE(disk_.is_whole());
  disk_.cut_power_after(0);
  EXPECT_THAT(disk_.files().sync_directory("/"), IsOk());
  EXPECT_EQ(cuts_, 1) << "it is cut once";
  disk_.come_back();
  EXPECT_TRUE(disk_.is_whole());
  EXPECT_THAT(write("/three"), IsOk());
  EXPECT_EQ(cuts_, 1);
}

TEST_F(SimDisk, ThePowerIsCutThoughTheProcessHasDiedBefore) {
  disk_.cut_power_after(2);
  disk_.process_dies();
  disk_.come_back();
  EXPECT_THAT(write("/one"), IsOk());
  EXPECT_EQ(cuts_, 0);
  EXPECT_THAT(write("/two"), IsOk());
  EXPECT_EQ(cuts_, 1);
}

TEST_F(SimDisk, AProcessThatDiesHasWrittenWhatItWrote) {
  ASSERT_THAT(write("/before"), IsOk());
  disk_.process_dies();
  ASSERT_THAT(write("/after"), IsOk());
  disk_.come_back();
  EXPECT_THAT(disk_.files().list("/").value(), ElementsAre("before"));
}

TEST_F(SimDisk, ACallFailsInThisLifeOrInTheNextOne) {
  disk_.fail(DiskCall::kNames, 1);
  EXPECT_THAT(write("/one"), IsOk());
  EXPECT_FALSE(disk_.has_failed());
  disk_.process_dies();
  disk_.come_back();
  EXPECT_THAT(write("/two"), IsOk());
  EXPECT_THAT(write("/three"), FailsWith(ErrorCode::kIo));
  EXPECT_TRUE(disk_.has_failed());
  EXPECT_TRUE(disk_.has_failed_to_write());
  EXPECT_FALSE(disk_.has_failed(DiskCall::kRead));
  disk_.fail(DiskCall::kNames, 9);
  EXPECT_TRUE(disk_.has_failed()) << "one that will fail is another one";
  disk_.process_dies();
  disk_.come_back();
  EXPECT_FALSE(disk_.has_failed()) << "of this life";
  disk_.heal();
  EXPECT_THAT(write("/four"), IsOk());
  EXPECT_THAT(write("/five"), IsOk()) << "it happens once";
}

TEST_F(SimDisk, AHealedDiskDoesAsItIsTold) {
  disk_.slow(50);
  disk_.fail(DiskCall::kWrite, 0);
  disk_.fill(0);
  disk_.cut_power_after(0);
  EXPECT_THAT(write("/full"), FailsWith(ErrorCode::kUnavailable));
  disk_.heal();
  disk_.files().take_busy_time();
  EXPECT_THAT(write("/one"), IsOk());
  EXPECT_EQ(disk_.files().take_busy_time(), std::chrono::microseconds(200));
  EXPECT_EQ(cuts_, 0);
}

TEST_F(SimDisk, IsSlow) {
  disk_.slow(50);
  disk_.process_dies();
  disk_.come_back();
  EXPECT_THAT(write("/one"), IsOk());
  EXPECT_EQ(disk_.files().take_busy_time(), std::chrono::milliseconds(10)) << "in all its lives";
}

TEST_F(SimDisk, HasRoomAgainLater) {
  disk_.fill(0);
  EXPECT_TRUE(disk_.may_be_full());
  EXPECT_THAT(write("/one"), FailsWith(ErrorCode::kUnavailable));
  disk_.fill(0);
  disk_.process_dies();
  disk_.come_back();
  EXPECT_TRUE(disk_.may_be_full()) << "in all its lives";
  EXPECT_FALSE(disk_.has_failed());
  EXPECT_TRUE(disk_.make_room()) << "something did not fit";
  EXPECT_THAT(write("/two"), FailsWith(ErrorCode::kUnavailable)) << "filled twice, emptied once";
  EXPECT_FALSE(disk_.has_failed_to_write()) << "it knows that nothing was written";
  EXPECT_TRUE(disk_.make_room());
  EXPECT_THAT(write("/three"), IsOk());
  disk_.fill(100);
  EXPECT_FALSE(disk_.make_room()) << "all did";
}

TEST_F(SimDisk, ABitFlipsOnlyWhereThereIsOne) {
  EXPECT_FALSE(disk_.flip_bit(1));
  EXPECT_FALSE(disk_.is_damaged());
  const auto file = disk_.files().create("/one").value();
  ASSERT_THAT(file->write_at(0, as_bytes("1")), IsOk());
  ASSERT_THAT(file->sync(), IsOk());
  EXPECT_TRUE(disk_.flip_bit(1));
  EXPECT_TRUE(disk_.is_damaged());
  EXPECT_NE(as_text(disk_.files().content("/one")), "1");
}

TEST(SimDiskCalls, HaveNames) {
  EXPECT_EQ(parse_disk_call("sync"), DiskCall::kSync);
  EXPECT_EQ(parse_disk_call("read"), DiskCall::kRead);
  EXPECT_EQ(parse_disk_call("fsync"), std::nullopt);
}

}  // namespace
}  // namespace strata::sim
