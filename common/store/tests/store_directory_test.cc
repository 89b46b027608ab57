// Opening a store's directory: who may open it, and what is refused without a change to the disk.
#include "store/store_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"
#include "testing/unprivileged.h"

namespace strata {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

const env::Path kPath = "/data/store";
const StoreIdentity kIdentity{"logged", 2, 42};

class StoreDirectoryTest : public ::testing::Test {
 protected:
  Result<StoreDirectory> open(const StoreIdentity& expected = kIdentity) {
    return StoreDirectory::open(fs_, kPath, expected);
  }
  void make_file(const env::Path& path, std::string_view text) {
    ASSERT_THAT(make_directories(fs_, path.parent_path()), IsOk());
    ASSERT_THAT(env::write_file_atomically(fs_, path, as_bytes(text)), IsOk());
  }
  // Expects that opening is refused with `words` in the message, and that the disk does not change.
  void expect_refused(ErrorCode code, std::string_view words) {
    const std::uint64_t changes = fs_.changes();
    const auto opened = open();
    ASSERT_THAT(opened, FailsWith(code));
    EXPECT_THAT(opened.error().message, HasSubstr(kPath.string()));
    EXPECT_THAT(opened.error().message, HasSubstr(words));
    EXPECT_EQ(fs_.changes(), changes);
  }

  env::SimulatedFileSystem fs_;
};

TEST_F(StoreDirectoryTest, ANewOneGetsTheIdentityExpected) {
  const auto opened = open();
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->path(), kPath);
  EXPECT_EQ(opened->identity(), kIdentity);
  EXPECT_THAT(fs_.list(kPath).value(), ElementsAre("LOCK", "STORE", "UNFINISHED"));
}

TEST_F(StoreDirectoryTest, IsUnfinishedUntilItsMakerSaysOtherwise) {
  EXPECT_TRUE(open()->unfinished());
  EXPECT_TRUE(open()->unfinished());
  {
    auto opened = open();
    ASSERT_THAT(opened->finish_creation(), IsOk());
    EXPECT_FALSE(opened->unfinished());
  }
  EXPECT_FALSE(open()->unfinished());
  EXPECT_THAT(fs_.list(kPath).value(), ElementsAre("LOCK", "STORE"));
}

TEST_F(StoreDirectoryTest, AReopenedOneKeepsItsIdAndVersion) {
  ASSERT_THAT(open({"logged", 1, 42}), IsOk());
  const auto again = open({"logged", 2, 43});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->identity(), (StoreIdentity{"logged", 1, 42}));
}

TEST_F(StoreDirectoryTest, AnEmptyDirectoryIsAsGoodAsNone) {
  ASSERT_THAT(make_directories(fs_, kPath), IsOk());
  EXPECT_THAT(open(), IsOk());
}

TEST_F(StoreDirectoryTest, ForeignFilesAreRefusedAndUntouched) {
  make_file(kPath / "holiday.jpg", "sun");
  const auto opened = open();
  ASSERT_THAT(opened, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(opened.error().message, HasSubstr(kPath.string()));
  EXPECT_THAT(opened.error().message, HasSubstr("'holiday.jpg'"));
  EXPECT_EQ(as_text(fs_.content(kPath / "holiday.jpg")), "sun");
  EXPECT_THAT(fs_.list(kPath).value(), ElementsAre("holiday.jpg"));
}

TEST_F(StoreDirectoryTest, OtherFilesBesideAStoreAreFine) {
  ASSERT_THAT(open(), IsOk());
  make_file(kPath / "notes.txt", "mine");
  EXPECT_THAT(open(), IsOk());
}

TEST_F(StoreDirectoryTest, AFileInItsPlaceIsRefused) {
  make_file(kPath, "a file");
  expect_refused(ErrorCode::kInvalidArgument, "is a file, not a directory");
}

TEST_F(StoreDirectoryTest, AFileInThePlaceOfAParentIsRefused) {
  make_file("/data", "a file");
  const auto opened = open();
  ASSERT_THAT(opened, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(opened.error().message, HasSubstr("/data is a file"));
}

TEST_F(StoreDirectoryTest, AnotherKindOfStoreIsRefused) {
  ASSERT_THAT(open({"lsm", 2, 42}), IsOk());
  expect_refused(ErrorCode::kInvalidArgument, "a 'lsm' store; this program opens 'logged'");
}

TEST_F(StoreDirectoryTest, ANewerVersionIsRefused) {
  ASSERT_THAT(open({"logged", 4, 42}), IsOk());
  expect_refused(ErrorCode::kUnsupported, "format version 4; this program knows up to 3");
}

TEST_F(StoreDirectoryTest, ADamagedIdentityIsRefusedWhicheverByteItIs) {
  ASSERT_THAT(open(), IsOk());
  const Bytes right = fs_.content(kPath / "STORE");
  for (std::size_t at = 0; at < right.size(); ++at) {
    Bytes wrong = right;
    wrong[at] ^= std::byte{0x01};
    fs_.set_content(kPath / "STORE", wrong);
    ASSERT_NO_FATAL_FAILURE(expect_refused(ErrorCode::kCorruption, "STORE")) << "byte " << at;
  }
  fs_.set_content(kPath / "STORE", {});
  expect_refused(ErrorCode::kCorruption, "STORE");
  fs_.set_content(kPath / "STORE", Bytes(100'000));
  expect_refused(ErrorCode::kCorruption, "STORE");
  fs_.set_content(kPath / "STORE", right);
  EXPECT_THAT(open(), IsOk());
}

TEST_F(StoreDirectoryTest, OneAtATime) {
  auto first = open();
  ASSERT_THAT(first, IsOk());
  expect_refused(ErrorCode::kConflict, "is in use by another process");
  first->unlock();
  EXPECT_THAT(open(), IsOk());
}

TEST_F(StoreDirectoryTest, WhoeverRemovesTheLockLetsNobodyIn) {
  auto first = open();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(fs_.remove(kPath / kLockName), IsOk());
  EXPECT_THAT(open(), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(lock_store(fs_, kPath, env::LockKind::kShared), FailsWith(ErrorCode::kConflict));
  first->unlock();
  EXPECT_THAT(open(), IsOk());
}

TEST_F(StoreDirectoryTest, TheLockGoesWithTheObject) {
  {
    ASSERT_THAT(open(), IsOk());
  }
  EXPECT_THAT(open(), IsOk());
}

TEST_F(StoreDirectoryTest, ATrailingSlashAndDotsAreTheSameDirectory) {
  ASSERT_THAT(StoreDirectory::open(fs_, "/data/x/../store/", kIdentity), IsOk());
  EXPECT_EQ(open()->identity(), kIdentity);
}

// A copy made of hard links (cp -al) shares LOCK, and is a store of its own all the same.
TEST_F(StoreDirectoryTest, ACopyByHardLinksHasALockOfItsOwn) {
  const auto original = open();
  ASSERT_THAT(original, IsOk());
  const env::Path copy = "/data/copy";
  ASSERT_THAT(fs_.make_directory(copy), IsOk());
  for (const std::string_view name : {kLockName, kIdentityName})
    ASSERT_THAT(fs_.link(kPath / name, copy / name), IsOk());
  EXPECT_THAT(lock_store(fs_, copy, env::LockKind::kShared), IsOk());
  const auto second = StoreDirectory::open(fs_, copy, kIdentity);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(StoreDirectory::open(fs_, copy, kIdentity), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(open(), FailsWith(ErrorCode::kConflict));
}

TEST_F(StoreDirectoryTest, KnowsWhereItsLogsEndedWhenItWasClosed) {
  const std::vector<LogEnd> ends{{"wal", 4096}, {"manifest", 64}};
  {
    auto first = open();
    ASSERT_THAT(first, IsOk());
    EXPECT_TRUE(first->ends().empty());
    ASSERT_THAT(first->record_ends(ends), IsOk());
    EXPECT_EQ(first->ends(), ends);
  }
  EXPECT_EQ(open()->ends(), ends);
  EXPECT_EQ(open()->identity(), kIdentity);
}

// An older program would not know the lines, so the version says that they may be there.
TEST_F(StoreDirectoryTest, ARecordOfEndsMakesAnOldDirectoryNew) {
  StoreIdentity older = kIdentity;
  older.version = 1;
  StoreIdentity newer = kIdentity;
  newer.version = 2;
  {
    ASSERT_THAT(open(older), IsOk());
  }
  {
    auto opened = open(newer);
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(opened->identity(), older);
    ASSERT_THAT(opened->record_ends({{"wal", 8}}), IsOk());
    EXPECT_EQ(opened->identity(), newer);
  }
  EXPECT_EQ(open(newer)->ends(), (std::vector<LogEnd>{{"wal", 8}}));
}

TEST_F(StoreDirectoryTest, ACrashLeavesTheOldRecordOrTheNewOne) {
  const std::vector<LogEnd> before{{"wal", 8}};
  const std::vector<LogEnd> after{{"wal", 16}};
  {
    auto directory = open();
    ASSERT_THAT(directory->record_ends(before), IsOk());
    fs_.on_change([&] {
      for (const env::Unsynced what : {env::Unsynced::kLost, env::Unsynced::kSubset}) {
        const auto disk = fs_.after_power_cut({.data = what, .names = what});
        const auto found = StoreDirectory::open(*disk, kPath, kIdentity);
        ASSERT_THAT(found, IsOk());
        EXPECT_TRUE(found->ends() == before || found->ends() == after);
      }
    });
    ASSERT_THAT(directory->record_ends(after), IsOk());
    fs_.on_change(nullptr);
  }
  EXPECT_EQ(StoreDirectory::open(*fs_.after_power_cut({}), kPath, kIdentity)->ends(), after);
}

class RealStoreDirectory : public ::testing::Test {
 protected:
  Result<StoreDirectory> open() {
    return StoreDirectory::open(env::posix_file_system(), path_, kIdentity);
  }
  void expect_denied(std::filesystem::perms allowed) {
    ASSERT_THAT(make_directories(env::posix_file_system(), path_), IsOk());
    std::filesystem::permissions(path_, allowed);
    const auto opened = open();
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
    ASSERT_THAT(opened, FailsWith(ErrorCode::kIo));
    EXPECT_THAT(opened.error().message, HasSubstr("Permission denied"));
  }

  const testing::Unprivileged user_;
  const testing::TemporaryDirectory directory_;
  const env::Path path_ = directory_.path() / "parent" / "store";
};

TEST_F(RealStoreDirectory, IsMadeWithItsParentsAndReopened) {
  {
    ASSERT_THAT(open(), IsOk());
  }
  const auto again = open();
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(open(), FailsWith(ErrorCode::kConflict));
}

TEST_F(RealStoreDirectory, AFileInThePlaceOfAParentIsRefused) {
  ASSERT_THAT(env::posix_file_system().create(directory_.path() / "parent"), IsOk());
  const auto opened = open();
  ASSERT_THAT(opened, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(opened.error().message, HasSubstr("is a file, not a directory"));
}

// What mkfs leaves at the top of a file system of its own.
TEST_F(RealStoreDirectory, TheTopOfAFreshFileSystemIsAsGoodAsEmpty) {
  ASSERT_THAT(make_directories(env::posix_file_system(), path_ / "lost+found"), IsOk());
  EXPECT_THAT(open(), IsOk());
}

TEST_F(RealStoreDirectory, OneThatCannotBeReadIsAnError) {
  expect_denied(std::filesystem::perms::none);
}

TEST_F(RealStoreDirectory, OneThatCannotBeWrittenIsAnError) {
  expect_denied(std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
}

// A snapshot on a read-only disk, or somebody else's backup: it is enough to be allowed to read.
TEST_F(RealStoreDirectory, ReadersLockWhatTheyMayNotWrite) {
  using std::filesystem::perms;
  {
    ASSERT_THAT(open(), IsOk());
  }
  std::filesystem::permissions(path_ / kLockName, perms::owner_read);
  std::filesystem::permissions(path_, perms::owner_read | perms::owner_exec);
  env::FileSystem& fs = env::posix_file_system();
  {
    const auto one = lock_store(fs, path_, env::LockKind::kShared);
    ASSERT_THAT(one, IsOk());
    EXPECT_NE(one->file, nullptr);
    EXPECT_THAT(lock_store(fs, path_, env::LockKind::kShared), IsOk()) << "many may read";
    EXPECT_THAT(fs.lock(path_), FailsWith(ErrorCode::kConflict));
  }
  const auto owner = fs.lock(path_);
  EXPECT_THAT(lock_store(fs, path_, env::LockKind::kShared), FailsWith(ErrorCode::kConflict));
  std::filesystem::permissions(path_ / kLockName, perms::none);
  EXPECT_THAT(fs.lock(path_ / kLockName, env::LockKind::kShared),
              FailsWith(ErrorCode::kUnsupported));
  std::filesystem::permissions(path_, perms::owner_all);
}

TEST_F(RealStoreDirectory, ReadersGoOnWithoutALockThatTheyMayNotTake) {
  {
    ASSERT_THAT(open(), IsOk());
  }
  std::filesystem::permissions(path_ / kLockName, std::filesystem::perms::none);
  const auto lock = lock_store(env::posix_file_system(), path_, env::LockKind::kShared);
  ASSERT_THAT(lock, IsOk());
  EXPECT_NE(lock->directory, nullptr);
  EXPECT_EQ(lock->file, nullptr);
}

// The directory is moved away while it is open, and another store is put in its place.
TEST_F(RealStoreDirectory, KeepsToTheDirectoryThatItLocked) {
  env::FileSystem& fs = env::posix_file_system();
  auto first = open();
  ASSERT_THAT(first, IsOk());
  const env::Path moved = directory_.path() / "moved";
  ASSERT_THAT(fs.rename(path_, moved), IsOk());
  const auto second = open();
  ASSERT_THAT(second, IsOk());

  ASSERT_THAT(first->finish_creation(), IsOk());
  ASSERT_THAT(first->files().create(path_ / "file"), IsOk());
  EXPECT_EQ(fs.kind_of(moved / kUnfinishedName).value(), env::FileKind::kMissing);
  EXPECT_EQ(fs.kind_of(moved / "file").value(), env::FileKind::kFile);
  EXPECT_EQ(fs.kind_of(path_ / kUnfinishedName).value(), env::FileKind::kFile);
  EXPECT_EQ(fs.kind_of(path_ / "file").value(), env::FileKind::kMissing);
  EXPECT_THAT(lock_store(fs, moved, env::LockKind::kShared), FailsWith(ErrorCode::kConflict));
}

}  // namespace
}  // namespace strata
