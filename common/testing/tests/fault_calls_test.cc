#include "testing/fault_calls.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>

#include "testing/temporary_directory.h"

namespace strata::testing {
namespace {

// A file that was opened with the real calls, so that a test can use faulty calls on it.
class FaultCallsTest : public ::testing::Test {
 protected:
  FaultCallsTest()
      : path_(directory_.path() / "f"),
        fd_(env::posix_calls().openat(AT_FDCWD, path_.c_str(), O_RDWR | O_CREAT, 0600)) {}
  ~FaultCallsTest() override { env::posix_calls().close(fd_); }

  ssize_t write(FaultCalls& calls, std::string_view text) {
    errno = 0;
    return calls.pwrite(fd_, text.data(), text.size(), 0);
  }
  ssize_t read(FaultCalls& calls, std::size_t count) {
    errno = 0;
    return calls.pread(fd_, buffer_.data(), count, 0);
  }

  const TemporaryDirectory directory_;
  const env::Path path_;
  const int fd_;
  std::array<char, 64> buffer_{};
};

TEST_F(FaultCallsTest, WithoutAFaultEverythingGoesThroughAndIsCounted) {
  FaultCalls calls({});
  EXPECT_EQ(write(calls, "hello"), 5);
  EXPECT_EQ(read(calls, 5), 5);
  EXPECT_EQ(calls.fdatasync(fd_), 0);
  EXPECT_EQ(calls.ftruncate(fd_, 1), 0);
  const env::Path other = directory_.path() / "g";
  EXPECT_EQ(calls.renameat(AT_FDCWD, path_.c_str(), AT_FDCWD, other.c_str()), 0);
  EXPECT_EQ(calls.unlinkat(AT_FDCWD, other.c_str(), 0), 0);
  EXPECT_EQ(calls.mkdirat(AT_FDCWD, other.c_str(), 0700), 0);
  EXPECT_EQ(calls.count(), 7u);
}

TEST_F(FaultCallsTest, TheChosenCallFailsOnce) {
  FaultCalls calls({.what = Fault::kIoError, .at = 1});
  EXPECT_EQ(write(calls, "a"), 1);
  EXPECT_EQ(write(calls, "a"), -1);
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(write(calls, "a"), 1);
}

TEST_F(FaultCallsTest, AStickyFaultStaysUntilItHeals) {
  FaultCalls calls({.what = Fault::kIoError, .at = 1, .sticky = true});
  EXPECT_EQ(read(calls, 1), 0);
  EXPECT_EQ(read(calls, 1), -1);
  EXPECT_EQ(calls.unlinkat(AT_FDCWD, path_.c_str(), 0), -1);
  EXPECT_EQ(calls.openat(AT_FDCWD, path_.c_str(), O_RDONLY, 0), -1);
  calls.heal();
  EXPECT_EQ(read(calls, 1), 0);
}

TEST_F(FaultCallsTest, AShortCallDoesHalf) {
  FaultCalls calls({.what = Fault::kShort, .at = 0, .sticky = true});
  EXPECT_EQ(write(calls, "12345678"), 4);
  EXPECT_EQ(write(calls, "x"), 1);
  EXPECT_EQ(write(calls, ""), 0);
  EXPECT_EQ(read(calls, 3), 2);
  EXPECT_EQ(calls.fdatasync(fd_), 0);
}

TEST_F(FaultCallsTest, AFailedWriteMayHaveDoneAPart) {
  FaultCalls calls({.what = Fault::kDiskFull, .at = 0});
  EXPECT_EQ(write(calls, "12345678"), -1);
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_EQ(read(calls, 64), 4);
}

TEST_F(FaultCallsTest, AFullDiskStopsOnlyWhatNeedsSpace) {
  FaultCalls calls({.what = Fault::kDiskFull, .at = 0, .sticky = true});
  EXPECT_EQ(read(calls, 1), 0);
  EXPECT_EQ(calls.ftruncate(fd_, 0), 0);
  EXPECT_EQ(calls.fdatasync(fd_), 0);
  EXPECT_EQ(calls.mkdirat(AT_FDCWD, (directory_.path() / "d").c_str(), 0700), -1);
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_EQ(calls.openat(AT_FDCWD, (directory_.path() / "g").c_str(), O_RDWR | O_CREAT, 0600), -1);
  EXPECT_EQ(calls.unlinkat(AT_FDCWD, path_.c_str(), 0), 0);
}

TEST_F(FaultCallsTest, ASyncErrorCountsSyncsAlone) {
  FaultCalls calls({.what = Fault::kSyncError, .at = 1});
  EXPECT_EQ(write(calls, "a"), 1);
  EXPECT_EQ(calls.fdatasync(fd_), 0);
  EXPECT_EQ(write(calls, "a"), 1);
  EXPECT_EQ(calls.fsync(fd_), -1);
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(calls.fdatasync(fd_), 0);
  EXPECT_EQ(calls.count(), 3u);
}

TEST_F(FaultCallsTest, AnInterruptedCallGoesThroughWhenItIsRepeated) {
  FaultCalls calls({.what = Fault::kInterrupted, .at = 0, .sticky = true});
  EXPECT_EQ(write(calls, "a"), -1);
  EXPECT_EQ(errno, EINTR);
  EXPECT_EQ(write(calls, "a"), 1);
  EXPECT_EQ(read(calls, 1), -1);
  EXPECT_EQ(read(calls, 1), 1);
}

TEST(FaultPlan, SaysWhatItDoes) {
  EXPECT_EQ((FaultPlan{.what = Fault::kIoError, .at = 3}).describe(), "EIO at call 3");
  EXPECT_EQ((FaultPlan{.what = Fault::kDiskFull, .at = 0, .sticky = true}).describe(),
            "ENOSPC at call 0 and all after it");
}

}  // namespace
}  // namespace strata::testing
