// A backup is a complete copy that was read, or it does not exist.
#include "compaction/backup.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "compaction/checkpoint.h"
#include "compaction/directory_tree.h"
#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "small_engine.h"
#include "testing/crash_explorer.h"
#include "testing/results.h"
#include "testing/sanitizers.h"
#include "testing/temporary_directory.h"
#include "testing/unprivileged.h"

namespace strata::compaction {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Model;

class Backup : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto store = open_small(fs_, "/store").value();
    ASSERT_THAT(write_some(*store, model_, 0, 300), IsOk());
    ASSERT_THAT(store->close(), IsOk());
  }
  static Model contents_at(env::FileSystem& fs, const env::Path& path) {
    const auto store = open_small(fs, path);
    EXPECT_THAT(store, IsOk());
    return store ? testing::contents_of(**store).value() : Model{{"it does not", "open"}};
  }
  bool there(const env::Path& path) { return fs_.kind_of(path).value() != env::FileKind::kMissing; }

  env::SimulatedFileSystem fs_;
  Model model_;
};

TEST_F(Backup, AndBackAgain) {
  const auto copied = copy_store(fs_, "/store", "/disk/backup");
  ASSERT_THAT(copied, IsOk());
  EXPECT_GT(copied->bytes, 1000u);
  EXPECT_FALSE(there("/disk/backup/LOCK"));
  ASSERT_THAT(fs_.make_directory("/empty"), IsOk());
  for (const char* place : {"/new/place", "/empty"}) {
    ASSERT_THAT(copy_store(fs_, "/disk/backup", place), IsOk());
    EXPECT_EQ(contents_at(fs_, place), model_);
  }
  EXPECT_EQ(contents_at(fs_, "/store"), model_);
}

TEST_F(Backup, IsAnotherStore) {
  const auto id_at = [this](const env::Path& place) {
    return read_store_file(fs_, place).value().identity.own_id();
  };
  ASSERT_THAT(copy_store(fs_, "/store", "/backup"), IsOk());
  ASSERT_THAT(copy_store(fs_, "/backup", "/restored"), IsOk());
  EXPECT_NE(id_at("/backup"), id_at("/store"));
  EXPECT_NE(id_at("/restored"), id_at("/store"));
  EXPECT_NE(id_at("/restored"), id_at("/backup"));
}

TEST_F(Backup, RefusesWhatIsInUseAndWhatIsTaken) {
  EXPECT_THAT(copy_store(fs_, "/store", "/store/backup"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(copy_store(fs_, "/nothing", "/backup"), FailsWith(ErrorCode::kNotFound));
  EXPECT_FALSE(there("/nothing"));
  ASSERT_THAT(copy_store(fs_, "/store", "/backup"), IsOk());
  EXPECT_THAT(copy_store(fs_, "/store", "/backup"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(copy_store(fs_, "/backup", "/store"), FailsWith(ErrorCode::kInvalidArgument));
  const auto store = open_small(fs_, "/store").value();
  EXPECT_THAT(copy_store(fs_, "/store", "/second"), FailsWith(ErrorCode::kConflict));
  ASSERT_THAT(fs_.remove("/store/LOCK"), IsOk());
  EXPECT_THAT(copy_store(fs_, "/store", "/second"), FailsWith(ErrorCode::kConflict));
  EXPECT_FALSE(there("/second"));
}

// While one backup is made, others of the same store can be made, too.
TEST_F(Backup, OnlyReadsTheStore) {
  std::uint64_t calls = 0;
  bool within = false;
  fs_.on_change([&] {
    if (within) return;
    within = true;
    EXPECT_THAT(copy_store(fs_, "/store", fmt::format("/second{}", calls++)), IsOk());
    within = false;
  });
  const auto before = fs_.list("/store").value();
  ASSERT_THAT(copy_store(fs_, "/store", "/backup"), IsOk());
  fs_.on_change(nullptr);
  EXPECT_GT(calls, 20u);
  EXPECT_EQ(contents_at(fs_, "/backup"), model_);
  EXPECT_EQ(fs_.list("/store").value(), before);
}

// A process that died may have left a table that no edit names, and a log that goes on.
TEST_F(Backup, OfAStoreWhoseProcessDied) {
  {
    const auto store = open_small(fs_, "/store").value();
    ASSERT_THAT(write_some(*store, model_, 300, 400), IsOk());
    const auto after = fs_.after_process_death();
    ASSERT_THAT(after->create("/store/tables/00000000000000009999.table"), IsOk());
    ASSERT_THAT(copy_store(*after, "/store", "/backup"), IsOk());
    EXPECT_EQ(contents_at(*after, "/backup"), model_);
    EXPECT_EQ(contents_at(*after, "/store"), model_);
  }
}

// Begins the second copy at each disk call of the first. Before the first holds its lock, either of
// the two may succeed. After that the first is not disturbed.
TEST_F(Backup, ToOnePlaceIsMadeOnceAtATime) {
  const env::Path lock = "/copy.strata-copy.tmp/BACKUP.LOCK";
  ASSERT_THAT(copy_store(fs_, "/store", "/first"), IsOk());
  std::uint64_t undisturbed = 0;
  for (std::uint64_t at = 0; !HasFailure(); ++at) {
    SCOPED_TRACE(at);
    std::uint64_t calls = 0;
    std::uint64_t calls_with_lock = 0;  // the first of them makes the file, unlocked yet
    bool locked = false;
    std::optional<Result<Copied>> second;
    fs_.on_change([&] {
      calls_with_lock += there(lock);
      if (second || calls++ < at) return;
      locked = there(lock) && calls_with_lock > 1;
      second.emplace(Copied());  // so that its own changes do not begin it again
      second = copy_store(fs_, "/first", "/copy");
    });
    const Result<Copied> one = copy_store(fs_, "/first", "/copy");
    fs_.on_change(nullptr);
    if (!second) break;  // the first copy has ended before
    if (locked) {
      ++undisturbed;
      EXPECT_THAT(one, IsOk());
      EXPECT_THAT(*second, FailsWith(ErrorCode::kConflict));
    }
    EXPECT_NE(one.has_value(), second->has_value());
    EXPECT_EQ(contents_at(fs_, "/copy"), model_);
    EXPECT_FALSE(there("/copy/BACKUP.LOCK"));
    EXPECT_FALSE(there("/copy.strata-copy.tmp"));
    ASSERT_THAT(remove_copy(fs_, "/copy"), IsOk());
  }
  EXPECT_GT(undisturbed, 20u);
}

TEST_F(Backup, NeedsNames) {
  for (const env::Path& wrong : {env::Path(), env::Path(std::string("a\0b", 3))}) {
    EXPECT_THAT(copy_store(fs_, wrong, "/copy"), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(copy_store(fs_, "/store", wrong), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(copy_store(fs_, "/store", wrong), FailsWith(ErrorCode::kInvalidArgument));
  }
}

// Not even a file whose name looks like a part of a copy.
TEST_F(Backup, LeavesOtherBackupsAlone) {
  for (const char* place : {"/store.backup", "/store.checkpoint", "/other"})
    ASSERT_THAT(copy_store(fs_, "/store", place), IsOk());
  for (const char* place : {"/store.backup", "/store.checkpoint", "/other"})
    EXPECT_EQ(contents_at(fs_, place), model_);
}

TEST_F(Backup, OfADamagedStoreIsNone) {
  const env::Path table = env::Path("/store/tables") / fs_.list("/store/tables").value().front();
  Bytes bytes = fs_.content(table);
  bytes[20] ^= std::byte{1};
  fs_.set_content(table, std::move(bytes));
  const auto copied = copy_store(fs_, "/store", "/backup");
  ASSERT_THAT(copied, FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(copied.error().message, HasSubstr("damage: " + table.string()));
  for (const char* left : {"/backup", "/backup.strata-copy.tmp"}) EXPECT_FALSE(there(left));
}

TEST_F(Backup, IsWholeOrNotThereAfterAPowerCutAtAnyCall) {
  std::uint64_t calls = 0;
  const auto look = [&](env::SimulatedFileSystem& disk) {
    EXPECT_EQ(contents_at(disk, "/store"), model_);
    const bool missing = disk.kind_of("/backup").value() == env::FileKind::kMissing;
    if (missing) {
      ASSERT_THAT(copy_store(disk, "/store", "/backup"), IsOk()) << "what is left is cleared away";
    }
    EXPECT_EQ(contents_at(disk, "/backup"), model_);
  };
  fs_.on_change([&] {
    ++calls;
    if (HasFailure() || (testing::kSanitized && calls % 9 != 0)) return;
    SCOPED_TRACE(fmt::format("call {}", calls));
    look(*fs_.after_power_cut({}));
    look(*fs_.after_power_cut(
        {.data = env::Unsynced::kSubset, .names = env::Unsynced::kSubset, .seed = calls}));
  });
  ASSERT_THAT(copy_store(fs_, "/store", "/backup"), IsOk());
  fs_.on_change(nullptr);
  EXPECT_EQ(contents_at(*fs_.after_power_cut({}), "/backup"), model_);
}

// A file system that gives a file no second name, and counts how often it was asked.
class NoLinks final : public env::PosixCalls {
 public:
  int linkat(int, const char*, int, const char*) override {
    ++asked;
    errno = EXDEV;
    return -1;
  }
  int asked = 0;
};

// On the real disk, with symbolic links and permissions.
class RealBackup : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(fs_.make_directory(at("real")), IsOk());
    const auto store = open_small(fs_, at("real/store")).value();
    ASSERT_THAT(write_some(*store, model_, 0, 300), IsOk());
    ASSERT_THAT(store->close(), IsOk());
  }
  env::Path at(std::string_view name) const { return directory_.path() / name; }
  void link(std::string_view target, std::string_view name) {
    ASSERT_EQ(::symlink(at(target).c_str(), at(name).c_str()), 0);
  }
  Model contents_at(std::string_view name) {
    const auto store = open_small(fs_, at(name));
    EXPECT_THAT(store, IsOk());
    return store ? testing::contents_of(**store).value() : Model{{"it does not", "open"}};
  }

  const testing::Unprivileged user_;
  const testing::TemporaryDirectory directory_;
  env::PosixFileSystem fs_;
  Model model_;
};

// The store is on another disk, is a mount point, or its disk has no hard links.
TEST_F(RealBackup, ACheckpointCopiesTheBytesWhereAFileHasOnlyOneName) {
  NoLinks calls;
  env::PosixFileSystem fs(calls);
  {
    const auto store = open_small(fs, at("real/store")).value();
    ASSERT_THAT(checkpoint(*store, at("copy")), IsOk());
  }
  EXPECT_GT(calls.asked, 0);
  EXPECT_EQ(contents_at("copy"), model_);
}

TEST_F(RealBackup, FollowsALinkToTheStore) {
  link("real/store", "link");
  ASSERT_THAT(copy_store(fs_, at("link"), at("backup")), IsOk());
  EXPECT_EQ(contents_at("backup"), model_);
  ASSERT_THAT(fs_.make_directory(at("real/empty")), IsOk());
  link("real/empty", "new");
  ASSERT_THAT(copy_store(fs_, at("backup"), at("new")), IsOk());
  EXPECT_EQ(contents_at("real/empty"), model_);
}

TEST_F(RealBackup, DoesNotPutACopyIntoItsSourceByAnotherName) {
  link("real/store", "link");
  link("real", "around");
  for (const char* inside : {"link/copy", "link", "around/store/deep/copy", "real/store/x"}) {
    const auto copied = copy_store(fs_, at("real/store"), at(inside));
    ASSERT_THAT(copied, FailsWith(ErrorCode::kInvalidArgument)) << inside;
    EXPECT_THAT(copied.error().message, HasSubstr("lies within"));
    const auto store = open_small(fs_, at("real/store")).value();
    EXPECT_THAT(checkpoint(*store, at(inside)), FailsWith(ErrorCode::kInvalidArgument)) << inside;
  }
  EXPECT_THAT(copy_store(fs_, at("link"), at("around/store2")), IsOk()) << "it is beside";
}

// A snapshot on a read-only disk, or the backup of another user.
TEST_F(RealBackup, ReadsASourceThatItMayNotWrite) {
  using std::filesystem::perms;
  std::filesystem::permissions(at("real/store/LOCK"), perms::owner_read);
  for (const char* directory : {"real/store", "real"})
    std::filesystem::permissions(at(directory), perms::owner_read | perms::owner_exec);
  const auto copied = copy_store(fs_, at("real/store"), at("copy"));
  for (const char* directory : {"real", "real/store"})
    std::filesystem::permissions(at(directory), perms::owner_all);
  ASSERT_THAT(copied, IsOk());
  EXPECT_EQ(contents_at("copy"), model_);
}

// The user knows the directory that he named, and not the temporary one.
TEST_F(Backup, NamesTheDestinationInItsErrors) {
  std::uint64_t named = 0;
  for (std::uint64_t which = 0;; ++which) {
    fs_.fail_call(env::DiskCall::kSync, which);
    const auto copied = copy_store(fs_, "/store", "/copy");
    if (copied) break;
    EXPECT_THAT(copied.error().message, ::testing::Not(HasSubstr("strata-copy")));
    named += copied.error().message.contains("/copy/") ? 1 : 0;
  }
  EXPECT_GT(named, 5u);
}

}  // namespace
}  // namespace strata::compaction
