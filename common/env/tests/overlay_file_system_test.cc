// What an overlay adds to the contract (file_system_test.cc): it leaves what is below as it is.
#include "env/overlay_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/results.h"

namespace strata::env {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

class OverlayFileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* directory : {"/store", "/store/log", "/elsewhere"})
      ASSERT_THAT(below_.make_directory(directory), IsOk());
    for (const char* file : {"/store/a", "/store/b", "/store/log/1"}) write(below_, file, "below");
    before_ = below_.fingerprint();
    overlay_ = OverlayFileSystem::open(below_, "/store").value();
  }

  static void write(FileSystem& fs, const Path& path, std::string_view text) {
    ASSERT_THAT(fs.create(path).value()->write_at(0, as_bytes(text)), IsOk());
  }
  static std::string text(FileSystem& fs, const Path& path) {
    return std::string(as_text(read_file(fs, path, 100).value()));
  }
  FileSystem& fs() { return *overlay_; }
  bool unchanged_below() const { return below_.fingerprint() == before_; }

  SimulatedFileSystem below_;

 private:
  std::unique_ptr<OverlayFileSystem> overlay_;
  std::uint64_t before_ = 0;
};

TEST_F(OverlayFileSystemTest, ShowsWhatIsBelow) {
  EXPECT_THAT(fs().list("/store").value(), ElementsAre("a", "b", "log"));
  EXPECT_EQ(text(fs(), "/store/log/1"), "below");
  EXPECT_EQ(fs().kind_of("/store/log").value(), FileKind::kDirectory);
  EXPECT_THAT(fs().create("/store/a"), FailsWith(ErrorCode::kConflict));
}

TEST_F(OverlayFileSystemTest, KeepsAllChangesToItself) {
  ASSERT_THAT(fs().open_for_write("/store/log/1").value()->write_at(5, as_bytes(", above")),
              IsOk());
  write(fs(), "/store/log/2", "new");
  write(fs(), "/store/c", "newer");
  ASSERT_THAT(fs().rename("/store/c", "/store/b"), IsOk());
  ASSERT_THAT(fs().rename("/store/log/1", "/store/log/3"), IsOk());
  ASSERT_THAT(fs().remove("/store/a"), IsOk());
  ASSERT_THAT(fs().make_directory("/store/new"), IsOk());
  ASSERT_THAT(fs().sync_directory("/store"), IsOk());
  EXPECT_THAT(fs().list("/store").value(), ElementsAre("b", "log", "new"));
  EXPECT_THAT(fs().list("/store/log").value(), ElementsAre("2", "3"));
  EXPECT_EQ(text(fs(), "/store/b"), "newer");
  EXPECT_EQ(text(fs(), "/store/log/3"), "below, above");
  EXPECT_THAT(fs().open_for_read("/store/a"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().remove("/store/a"), FailsWith(ErrorCode::kNotFound));
  EXPECT_TRUE(unchanged_below());
}

TEST_F(OverlayFileSystemTest, ARemovedNameCanBeUsedAgain) {
  ASSERT_THAT(fs().remove("/store/log/1"), IsOk());
  ASSERT_THAT(fs().remove_directory("/store/log"), IsOk());
  EXPECT_EQ(fs().kind_of("/store/log").value(), FileKind::kMissing);
  ASSERT_THAT(fs().make_directory("/store/log"), IsOk());
  EXPECT_THAT(fs().list("/store/log").value(), ElementsAre());
  write(fs(), "/store/log/1", "new");
  EXPECT_EQ(text(fs(), "/store/log/1"), "new");
  EXPECT_TRUE(unchanged_below());
}

TEST_F(OverlayFileSystemTest, RefusesWhatWouldReachBelow) {
  EXPECT_THAT(fs().rename("/store/log", "/store/other"), FailsWith(ErrorCode::kUnsupported));
  EXPECT_THAT(fs().rename("/store/a", "/elsewhere/a"), FailsWith(ErrorCode::kUnsupported));
  EXPECT_THAT(fs().link("/store/a", "/elsewhere/a"), FailsWith(ErrorCode::kUnsupported));
  EXPECT_THAT(fs().remove_directory("/store/log"), FailsWith(ErrorCode::kIo));
  EXPECT_TRUE(unchanged_below());
}

TEST_F(OverlayFileSystemTest, OutsideOfItsDirectoryItChangesTheRealFiles) {
  write(fs(), "/elsewhere/copy", "real");
  EXPECT_EQ(text(below_, "/elsewhere/copy"), "real");
}

TEST_F(OverlayFileSystemTest, ItsLocksKeepWritersAwayButNotReaders) {
  ASSERT_THAT(below_.create("/store/LOCK"), IsOk());
  for (const char* path : {"/store", "/store/LOCK"}) {
    const auto ours = fs().lock(path);
    ASSERT_THAT(ours, IsOk());
    EXPECT_THAT(below_.lock(path, LockKind::kExclusive), FailsWith(ErrorCode::kConflict));
    EXPECT_THAT(below_.lock(path, LockKind::kShared), IsOk());
  }
  const auto owner = below_.lock("/store/LOCK");
  EXPECT_THAT(fs().lock("/store/LOCK"), FailsWith(ErrorCode::kConflict));
}

}  // namespace
}  // namespace strata::env
