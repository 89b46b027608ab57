// PosixFileSystem when system calls fail, fall short or are interrupted.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <functional>

#include "env/descriptors.h"
#include "env/posix_file_system.h"
#include "testing/fault_calls.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::env {
namespace {

using testing::FailsWith;
using testing::Fault;
using testing::FaultCalls;
using testing::FaultPlan;
using ::testing::HasSubstr;
using testing::IsOk;

class PosixFaults : public ::testing::Test {
 protected:
  Path at(std::string_view name) const { return directory_.path() / name; }
  std::string text_of(std::string_view name) {
    const auto bytes = read_file(posix_file_system(), at(name), 1 << 20);
    return bytes ? std::string(as_text(*bytes)) : "cannot be read: " + bytes.error().message;
  }
  // Every call that changes or reads something, once.
  Result<void> use_everything(FileSystem& fs, const Path& directory) {
    STRATA_TRY(fs.make_directory(directory));
    STRATA_TRY(const auto file, fs.create(directory / "f"));
    STRATA_TRY(file->write_at(0, as_bytes("hello")));
    STRATA_TRY(file->truncate(4));
    STRATA_TRY(file->sync());
    STRATA_TRY(fs.rename(directory / "f", directory / "g"));
    STRATA_TRY(const Bytes bytes, read_file(fs, directory / "g", 100));
    if (as_text(bytes) != "hell") return corruption("read '" + std::string(as_text(bytes)) + "'");
    STRATA_TRY(const auto names, fs.list(directory));
    if (names != std::vector<std::string>{"g"}) return corruption("the list is wrong");
    STRATA_TRY(const FileKind kind, fs.kind_of(directory / "g"));
    if (kind != FileKind::kFile) return corruption("the kind is wrong");
    STRATA_TRY(fs.remove(directory / "g"));
    STRATA_TRY(const auto lock, fs.lock(directory / "LOCK"));
    return fs.sync_directory(directory);
  }

  const testing::TemporaryDirectory directory_;
};

TEST_F(PosixFaults, EveryFailedCallSurfacesWithItsReason) {
  FaultCalls counting({});
  PosixFileSystem healthy(counting);
  ASSERT_THAT(use_everything(healthy, at("healthy")), IsOk());
  ASSERT_EQ(counting.count(), 25u);
  for (std::uint64_t k = 0; k < counting.count(); ++k) {
    FaultCalls calls({.what = Fault::kIoError, .at = k});
    PosixFileSystem fs(calls);
    const auto used = use_everything(fs, at(fmt::format("d{}", k)));
    ASSERT_THAT(used, FailsWith(ErrorCode::kIo)) << "call " << k;
    EXPECT_THAT(used.error().message, HasSubstr(at(fmt::format("d{}", k)).string()));
    EXPECT_THAT(used.error().message, HasSubstr("Input/output error"));
  }
}

TEST_F(PosixFaults, InterruptedAndShortCallsAreContinued) {
  for (const Fault fault : {Fault::kInterrupted, Fault::kShort}) {
    FaultCalls calls({.what = fault, .at = 0, .sticky = true});
    PosixFileSystem fs(calls);
    EXPECT_THAT(use_everything(fs, at(fmt::format("sticky{}", static_cast<int>(fault)))), IsOk());
    for (std::uint64_t k = 0; k < calls.count(); ++k) {
      FaultCalls once({.what = fault, .at = k});
      PosixFileSystem also(once);
      EXPECT_THAT(use_everything(also, at(fmt::format("{}.{}", static_cast<int>(fault), k))),
                  IsOk());
    }
  }
}

TEST_F(PosixFaults, ShortWritesPutEveryByteInItsPlace) {
  FaultCalls calls({.what = Fault::kShort, .at = 0, .sticky = true});
  PosixFileSystem fs(calls);
  std::string text;
  for (int i = 0; i < 1000; ++i) text += fmt::format("{} ", i);
  const auto file = fs.create(at("f")).value();
  ASSERT_THAT(file->write_at(3, as_bytes(text)), IsOk());
  EXPECT_EQ(text_of("f"), std::string(3, '\0') + text);
}

TEST_F(PosixFaults, AnnouncedWritesAreCallsWhereMemoryIsRefused) {
  class NoMapping final : public PosixCalls {
   public:
    void* mmap(int, std::size_t, off_t) override {
      errno = ENODEV;
      return MAP_FAILED;
    }
  } calls;
  PosixFileSystem fs(calls);
  const auto file = fs.create(at("f")).value();
  ASSERT_THAT(file->write_at(0, as_bytes("......")), IsOk());
  file->expect_small_writes(0, 6);
  ASSERT_THAT(file->write_at(2, as_bytes("ab")), IsOk());
  EXPECT_EQ(text_of("f"), "..ab..");
}

TEST_F(PosixFaults, AnnouncedWritesEndWithAFailedSync) {
  FaultCalls calls({.what = Fault::kSyncError, .at = 0});
  PosixFileSystem fs(calls);
  const auto file = fs.create(at("f")).value();
  ASSERT_THAT(file->write_at(0, as_bytes("......")), IsOk());
  file->expect_small_writes(0, 6);
  ASSERT_THAT(file->write_at(2, as_bytes("ab")), IsOk());
  const auto failed = file->sync();
  ASSERT_THAT(failed, FailsWith(ErrorCode::kIo));
  EXPECT_EQ(file->write_at(2, as_bytes("x")).error(), failed.error());
}

TEST_F(PosixFaults, AFullDiskIsUnavailableAndPasses) {
  FaultCalls calls({.what = Fault::kDiskFull, .at = 1, .sticky = true});
  PosixFileSystem fs(calls);
  const auto file = fs.create(at("f")).value();
  const auto full = file->write_at(0, as_bytes("hello"));
  EXPECT_THAT(full, FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(full.error().message, HasSubstr("No space left"));
  EXPECT_THAT(fs.create(at("g")), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(fs.make_directory(at("d")), FailsWith(ErrorCode::kUnavailable));
  calls.heal();
  EXPECT_THAT(file->write_at(0, as_bytes("hello")), IsOk());
  EXPECT_THAT(file->sync(), IsOk());
  EXPECT_EQ(text_of("f"), "hello");
}

TEST_F(PosixFaults, TooManyOpenFilesPassAsAFullDiskDoes) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  PosixFileSystem fs;
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = fs.create(at("f"));
  prepare_descriptors();
  const auto created = fs.create(at("f"));
  rlimit after{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_THAT(refused, FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(refused.error().message, HasSubstr("ulimit -n"));
  EXPECT_THAT(created, IsOk());
  EXPECT_EQ(after.rlim_cur, after.rlim_max);
}

TEST_F(PosixFaults, AFailedSyncPoisonsTheFile) {
  FaultCalls calls({.what = Fault::kSyncError, .at = 1});
  PosixFileSystem fs(calls);
  const auto file = fs.create(at("f")).value();
  const auto other = fs.create(at("other")).value();
  ASSERT_THAT(file->write_at(0, as_bytes("one")), IsOk());
  ASSERT_THAT(file->sync(), IsOk());
  ASSERT_THAT(file->write_at(3, as_bytes("two")), IsOk());
  const auto failed = file->sync();
  ASSERT_THAT(failed, FailsWith(ErrorCode::kIo));
  EXPECT_THAT(failed.error().message, HasSubstr("fdatasync " + at("f").string()));
  // The disk works again, but nobody knows whether "two" was written.
  EXPECT_EQ(file->sync().error(), failed.error());
  EXPECT_EQ(file->write_at(6, as_bytes("x")).error(), failed.error());
  EXPECT_EQ(file->truncate(0).error(), failed.error());
  EXPECT_EQ(text_of("f"), "onetwo");
  EXPECT_THAT(other->sync(), IsOk());
  EXPECT_THAT(fs.open_for_write(at("f")).value()->sync(), IsOk());
}

TEST_F(PosixFaults, ASyncIsNeverTriedTwice) {
  class InterruptedSync final : public PosixCalls {
   public:
    int fdatasync(int) override {
      ++tried;
      errno = EINTR;
      return -1;
    }
    int tried = 0;
  } calls;
  PosixFileSystem fs(calls);
  const auto file = fs.create(at("f")).value();
  EXPECT_THAT(file->sync(), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(file->sync(), FailsWith(ErrorCode::kIo));
  EXPECT_EQ(calls.tried, 1);
}

TEST_F(PosixFaults, EveryDescriptorIsClosed) {
  class Counting final : public PosixCalls {
   public:
    int openat(int directory, const char* path, int flags, mode_t mode) override {
      const int fd = PosixCalls::openat(directory, path, flags, mode);
      opened += fd >= 0;
      return fd;
    }
    int close(int fd) override {
      ++closed;
      return PosixCalls::close(fd);
    }
    int closedir(DIR* directory) override {
      ++closed;
      return PosixCalls::closedir(directory);
    }
    int opened = 0;
    int closed = 0;
  } calls;
  PosixFileSystem fs(calls);
  EXPECT_THAT(use_everything(fs, at("d")), IsOk());
  EXPECT_THAT(fs.open_for_read(at("d")), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(fs.list(at("d")), IsOk());
  {
    const auto held = fs.hold(at("d"));
    ASSERT_THAT(held, IsOk());
    EXPECT_THAT((*held)->list(at("d")), IsOk());
  }
  const auto held = fs.lock(at("LOCK"));
  EXPECT_THAT(fs.lock(at("LOCK")), FailsWith(ErrorCode::kConflict));
  EXPECT_EQ(calls.closed, calls.opened - 1);
}

// Just before the file is locked, the holder of the lock removes the file, and another process
// creates it again.
TEST_F(PosixFaults, ALockIsOnTheFileThatHasTheName) {
  class Swapped final : public PosixCalls {
   public:
    int flock(int fd, int operation) override {
      if (swaps-- > 0) swap();
      return PosixCalls::flock(fd, operation);
    }
    std::function<void()> swap;
    int swaps = 3;
  } calls;
  std::unique_ptr<FileLock> other;
  calls.swap = [&] {
    other.reset();
    ASSERT_THAT(posix_file_system().remove(at("LOCK")), IsOk());
    if (calls.swaps == 0) other = posix_file_system().lock(at("LOCK")).value();
  };
  PosixFileSystem fs(calls);
  EXPECT_THAT(fs.lock(at("LOCK")), FailsWith(ErrorCode::kConflict));
  EXPECT_LT(calls.swaps, 0) << "it was tried until the file was the one";
  other.reset();
  EXPECT_THAT(fs.lock(at("LOCK")), IsOk());
}

// Two disks; a disk without hard links; a file that has as many names as it can have.
TEST_F(PosixFaults, ASecondNameThatIsImpossibleIsRefusedAsSuch) {
  class NoLinks final : public PosixCalls {
   public:
    int linkat(int, const char*, int, const char*) override {
      errno = reason;
      return -1;
    }
    int reason = 0;
  } calls;
  for (const int reason : {EXDEV, EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EIO}) {
    calls.reason = reason;
    const auto refused = PosixFileSystem(calls).link(at("a"), at("b"));
    EXPECT_THAT(refused, FailsWith(reason == EIO ? ErrorCode::kIo : ErrorCode::kUnsupported));
  }
}

}  // namespace
}  // namespace strata::env
