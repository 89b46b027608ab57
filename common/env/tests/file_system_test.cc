// The contract of FileSystem, shown on all of its forms.
#include "env/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "env/overlay_file_system.h"
#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::env {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;

enum class Form { kPosix, kSimulated, kOverlay };

class FileSystemContract : public ::testing::TestWithParam<Form> {
 protected:
  void SetUp() override {
    if (GetParam() == Form::kSimulated) {
      root_ = "/here";
      ASSERT_THAT(fs().make_directory(root_), IsOk());
    }
    if (GetParam() == Form::kOverlay) overlay_ = OverlayFileSystem::open(posix_, root_).value();
  }

  FileSystem& fs() {
    if (GetParam() == Form::kPosix) return posix_;
    if (GetParam() == Form::kOverlay) return *overlay_;
    return simulated_;
  }
  Path at(std::string_view name) const { return root_ / name; }

  std::unique_ptr<WritableFile> make_file(std::string_view name, std::string_view text) {
    auto file = fs().create(at(name));
    EXPECT_THAT(file, IsOk());
    EXPECT_THAT((*file)->write_at(0, as_bytes(text)), IsOk());
    return *std::move(file);
  }
  std::string text_of(std::string_view name) {
    const auto bytes = read_file(fs(), at(name), 1 << 20);
    EXPECT_THAT(bytes, IsOk());
    return bytes ? std::string(as_text(*bytes)) : "";
  }
  FileKind kind_of(std::string_view name) {
    const auto kind = fs().kind_of(at(name));
    EXPECT_THAT(kind, IsOk());
    return kind.value_or(FileKind::kOther);
  }

 private:
  const testing::TemporaryDirectory directory_;
  PosixFileSystem posix_;
  SimulatedFileSystem simulated_;
  std::unique_ptr<OverlayFileSystem> overlay_;
  Path root_ = directory_.path();
};

TEST_P(FileSystemContract, ReadsBackWhatWasWritten) {
  const auto file = make_file("f", "hello");
  EXPECT_EQ(text_of("f"), "hello");
  EXPECT_THAT(file->write_at(1, as_bytes("a")), IsOk());
  EXPECT_THAT(file->write_at(5, as_bytes(" you")), IsOk());
  EXPECT_THAT(file->sync(), IsOk());
  EXPECT_EQ(text_of("f"), "hallo you");
}

TEST_P(FileSystemContract, AReadStopsAtTheEndOfTheFile) {
  make_file("f", "hello");
  const auto file = fs().open_for_read(at("f")).value();
  EXPECT_EQ(file->size().value(), 5u);
  Bytes into(4);
  EXPECT_EQ(file->read_at(1, into).value(), 4u);
  EXPECT_EQ(as_text(into), "ello");
  EXPECT_EQ(file->read_at(3, into).value(), 2u);
  EXPECT_EQ(file->read_at(5, into).value(), 0u);
  EXPECT_EQ(file->read_at(1 << 30, into).value(), 0u);
  EXPECT_EQ(file->read_at(0, {}).value(), 0u);
}

TEST_P(FileSystemContract, AReaderSeesLaterWrites) {
  const auto writer = make_file("f", "one");
  const auto reader = fs().open_for_read(at("f")).value();
  ASSERT_THAT(writer->write_at(3, as_bytes("two")), IsOk());
  EXPECT_EQ(reader->size().value(), 6u);
}

TEST_P(FileSystemContract, AGapReadsAsZeros) {
  const auto file = make_file("f", "ab");
  ASSERT_THAT(file->write_at(5, as_bytes("c")), IsOk());
  EXPECT_EQ(text_of("f"), std::string("ab\0\0\0c", 6));
}

TEST_P(FileSystemContract, WritingNothingChangesNothing) {
  const auto file = make_file("f", "ab");
  ASSERT_THAT(file->write_at(100, {}), IsOk());
  EXPECT_EQ(text_of("f"), "ab");
}

TEST_P(FileSystemContract, TruncateCutsOffAndFillsUpWithZeros) {
  const auto file = make_file("f", "hello");
  ASSERT_THAT(file->truncate(2), IsOk());
  EXPECT_EQ(text_of("f"), "he");
  ASSERT_THAT(file->truncate(4), IsOk());
  EXPECT_EQ(text_of("f"), std::string("he\0\0", 4));
}

// Writes before, in and after the announced part, and across both of its ends.
TEST_P(FileSystemContract, AnnouncedWritesArriveWhereOthersDo) {
  std::string expected(20'000, '.');
  const auto file = make_file("f", expected);
  file->expect_small_writes(5'000, 15'000);
  for (const std::size_t at :
       {0u, 4'093u, 4'998u, 5'000u, 9'999u, 14'995u, 14'996u, 14'998u, 19'998u}) {
    ASSERT_THAT(file->write_at(at, as_bytes("12345")), IsOk());
    expected.replace(at, 5, "12345");
    EXPECT_EQ(text_of("f"), expected) << at;
  }
  file->expect_small_writes(15'000, 20'000);
  ASSERT_THAT(file->write_at(16'000, as_bytes("next")), IsOk());
  expected.replace(16'000, 4, "next");
  ASSERT_THAT(file->sync(), IsOk());
  EXPECT_EQ(text_of("f"), expected);
}

TEST_P(FileSystemContract, AnAnnouncedPartMayBeCutOff) {
  const auto file = make_file("f", std::string(20'000, '.'));
  file->expect_small_writes(0, 20'000);
  ASSERT_THAT(file->truncate(3), IsOk());
  ASSERT_THAT(file->write_at(9'000, as_bytes("x")), IsOk());
  EXPECT_EQ(text_of("f"), "..." + std::string(8'997, '\0') + "x");
}

TEST_P(FileSystemContract, OpenForWriteKeepsWhatIsThere) {
  make_file("f", "hello");
  const auto file = fs().open_for_write(at("f")).value();
  ASSERT_THAT(file->write_at(0, as_bytes("J")), IsOk());
  EXPECT_EQ(text_of("f"), "Jello");
}

TEST_P(FileSystemContract, CreateRefusesANameThatIsTaken) {
  make_file("f", "hello");
  ASSERT_THAT(fs().make_directory(at("d")), IsOk());
  EXPECT_THAT(fs().create(at("f")), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(fs().create(at("d")), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(fs().make_directory(at("f")), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(fs().make_directory(at("d")), FailsWith(ErrorCode::kConflict));
  EXPECT_EQ(text_of("f"), "hello");
}

TEST_P(FileSystemContract, ALinkIsASecondNameForTheSameBytes) {
  if (GetParam() == Form::kOverlay) GTEST_SKIP() << "it has no links";
  const auto file = make_file("f", "hello");
  ASSERT_THAT(fs().make_directory(at("d")), IsOk());
  ASSERT_THAT(fs().link(at("f"), at("d/g")), IsOk());
  ASSERT_THAT(file->write_at(0, as_bytes("J")), IsOk());
  EXPECT_EQ(text_of("d/g"), "Jello");
  EXPECT_THAT(fs().link(at("f"), at("d/g")), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(fs().link(at("missing"), at("h")), FailsWith(ErrorCode::kNotFound));
  ASSERT_THAT(fs().remove(at("f")), IsOk());
  EXPECT_EQ(text_of("d/g"), "Jello");
}

TEST_P(FileSystemContract, OnlyAnEmptyDirectoryIsRemoved) {
  ASSERT_THAT(fs().make_directory(at("d")), IsOk());
  make_file("d/f", "");
  EXPECT_THAT(fs().remove_directory(at("d")), FailsWith(ErrorCode::kIo));
  ASSERT_THAT(fs().remove(at("d/f")), IsOk());
  ASSERT_THAT(fs().remove_directory(at("d")), IsOk());
  EXPECT_EQ(fs().kind_of(at("d")).value(), FileKind::kMissing);
  EXPECT_THAT(fs().remove_directory(at("d")), FailsWith(ErrorCode::kNotFound));
}

TEST_P(FileSystemContract, ADirectoryTakesThePlaceOfAnEmptyOne) {
  for (const char* name : {"d", "e"}) ASSERT_THAT(fs().make_directory(at(name)), IsOk());
  make_file("d/f", "hello");
  ASSERT_THAT(fs().rename(at("d"), at("e")), IsOk());
  EXPECT_EQ(text_of("e/f"), "hello");
  EXPECT_EQ(fs().kind_of(at("d")).value(), FileKind::kMissing);
  ASSERT_THAT(fs().make_directory(at("d")), IsOk());
  EXPECT_FALSE(fs().rename(at("d"), at("e")).has_value());
  EXPECT_EQ(text_of("e/f"), "hello");
}

TEST_P(FileSystemContract, SaysNotFoundOfAMissingName) {
  for (const Path& path : {at("missing"), at("missing/below")}) {
    EXPECT_THAT(fs().open_for_read(path), FailsWith(ErrorCode::kNotFound));
    EXPECT_THAT(fs().open_for_write(path), FailsWith(ErrorCode::kNotFound));
    EXPECT_THAT(fs().rename(path, path.parent_path() / "to"), FailsWith(ErrorCode::kNotFound));
    EXPECT_THAT(fs().remove(path), FailsWith(ErrorCode::kNotFound));
    EXPECT_THAT(fs().sync_directory(path), FailsWith(ErrorCode::kNotFound));
    EXPECT_THAT(fs().list(path), FailsWith(ErrorCode::kNotFound));
    EXPECT_EQ(fs().kind_of(path).value(), FileKind::kMissing);
  }
  EXPECT_THAT(fs().create(at("missing/f")), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().make_directory(at("missing/d")), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().lock(at("missing/LOCK")), FailsWith(ErrorCode::kNotFound));
}

TEST_P(FileSystemContract, ALockIsOnTheFileWhateverItsName) {
  ASSERT_THAT(fs().make_directory(at("d")), IsOk());
  const auto held = fs().lock(at("d/LOCK"));
  ASSERT_THAT(held, IsOk());
  ASSERT_THAT(fs().rename(at("d"), at("e")), IsOk());
  EXPECT_THAT(fs().lock(at("e/LOCK")), FailsWith(ErrorCode::kConflict));
  ASSERT_THAT(fs().remove(at("e/LOCK")), IsOk());
  EXPECT_THAT(fs().lock(at("e/LOCK")), IsOk()) << "it is another file";
}

TEST_P(FileSystemContract, NothingIsFoundBelowAFile) {
  make_file("f", "hello");
  const Path below = at("f/below");
  EXPECT_EQ(fs().kind_of(below).value(), FileKind::kMissing);
  EXPECT_THAT(fs().open_for_read(below), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().open_for_write(below), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().create(below), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().make_directory(below), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().remove(below), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().lock(below), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().list(at("f")), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(fs().sync_directory(at("f")), FailsWith(ErrorCode::kNotFound));
}

TEST_P(FileSystemContract, ADirectoryIsNotAFile) {
  ASSERT_THAT(fs().make_directory(at("d")), IsOk());
  make_file("f", "hello");
  EXPECT_THAT(fs().open_for_read(at("d")), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(fs().open_for_write(at("d")), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(fs().remove(at("d")), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(fs().rename(at("f"), at("d")), FailsWith(ErrorCode::kIo));
  EXPECT_EQ(kind_of("d"), FileKind::kDirectory);
  EXPECT_EQ(text_of("f"), "hello");
}

TEST_P(FileSystemContract, AnErrorNamesTheCallThePathAndTheReason) {
  const auto missing = fs().open_for_read(at("missing"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("open " + at("missing").string() + ": "));
  EXPECT_THAT(fs().remove(at("missing")).error().message, HasSubstr("remove "));
}

TEST_P(FileSystemContract, RenameReplacesItsTarget) {
  make_file("old", "new content");
  make_file("f", "old content");
  ASSERT_THAT(fs().rename(at("old"), at("f")), IsOk());
  EXPECT_EQ(text_of("f"), "new content");
  EXPECT_EQ(kind_of("old"), FileKind::kMissing);
}

TEST_P(FileSystemContract, RenameMovesADirectoryWithWhatIsInIt) {
  ASSERT_THAT(fs().make_directory(at("d.tmp")), IsOk());
  make_file("d.tmp/f", "hello");
  ASSERT_THAT(fs().rename(at("d.tmp"), at("d")), IsOk());
  EXPECT_EQ(text_of("d/f"), "hello");
  EXPECT_EQ(kind_of("d.tmp"), FileKind::kMissing);
}

TEST_P(FileSystemContract, AnOpenFileOutlivesItsName) {
  const auto writer = make_file("f", "hello");
  const auto reader = fs().open_for_read(at("f")).value();
  ASSERT_THAT(fs().remove(at("f")), IsOk());
  EXPECT_EQ(kind_of("f"), FileKind::kMissing);
  EXPECT_THAT(writer->write_at(5, as_bytes("!")), IsOk());
  EXPECT_EQ(reader->size().value(), 6u);
}

TEST_P(FileSystemContract, ListsNamesInOrder) {
  EXPECT_THAT(fs().list(at("")).value(), IsEmpty());
  for (const char* name : {"b", "a", "B"}) make_file(name, "");
  ASSERT_THAT(fs().make_directory(at("d")), IsOk());
  make_file("d/inside", "");
  EXPECT_THAT(fs().list(at("")).value(), ElementsAre("B", "a", "b", "d"));
  EXPECT_THAT(fs().sync_directory(at("d")), IsOk());
  EXPECT_EQ(kind_of("a"), FileKind::kFile);
}

TEST_P(FileSystemContract, ALockIsHeldByOneAtATime) {
  auto first = fs().lock(at("LOCK"));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(kind_of("LOCK"), FileKind::kFile);
  EXPECT_THAT(fs().lock(at("LOCK")), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(fs().lock(at("OTHER")), IsOk());
  first->reset();
  EXPECT_THAT(fs().lock(at("LOCK")), IsOk());
}

TEST_P(FileSystemContract, ADirectoryCanBeLockedToo) {
  if (GetParam() == Form::kOverlay) GTEST_SKIP() << "several readers may have it";
  auto first = fs().lock(at(""));
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(fs().lock(at("")), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(fs().lock(at("LOCK")), IsOk());
  first->reset();
  EXPECT_THAT(fs().lock(at("")), IsOk());
}

TEST_P(FileSystemContract, ReadFileRefusesMoreThanItsLimit) {
  make_file("f", "hello");
  EXPECT_THAT(read_file(fs(), at("f"), 5), IsOk());
  EXPECT_THAT(read_file(fs(), at("f"), 4), FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(read_file(fs(), at("missing"), 4), FailsWith(ErrorCode::kNotFound));
}

TEST_P(FileSystemContract, MakesAFileWithTwoNamesSole) {
  if (GetParam() == Form::kOverlay) GTEST_SKIP() << "it has no links";
  make_file("f", "hello");
  ASSERT_THAT(fs().link(at("f"), at("copy")), IsOk());
  EXPECT_EQ(fs().status_of(at("f"))->names, 2u);
  EXPECT_TRUE(fs().status_of(at("f"))->same_file(fs().status_of(at("copy")).value()));
  make_file("f.tmp", "left by a crash");
  ASSERT_THAT(make_sole(fs(), at("f")), IsOk());
  EXPECT_EQ(fs().status_of(at("f"))->names, 1u);
  EXPECT_FALSE(fs().status_of(at("f"))->same_file(fs().status_of(at("copy")).value()));
  ASSERT_THAT(fs().open_for_write(at("f")).value()->write_at(0, as_bytes("J")), IsOk());
  EXPECT_EQ(text_of("f"), "Jello");
  EXPECT_EQ(text_of("copy"), "hello");
  const FileStatus before = fs().status_of(at("f")).value();
  ASSERT_THAT(make_sole(fs(), at("f")), IsOk());
  EXPECT_TRUE(before.same_file(fs().status_of(at("f")).value())) << "it was sole already";
}

TEST_P(FileSystemContract, ManyReadersOrOneOwnerHaveTheLock) {
  EXPECT_THAT(fs().lock(at("LOCK"), LockKind::kShared), FailsWith(ErrorCode::kNotFound));
  EXPECT_EQ(kind_of("LOCK"), FileKind::kMissing);
  {
    const auto owner = fs().lock(at("LOCK"), LockKind::kExclusive);
    ASSERT_THAT(owner, IsOk());
    EXPECT_THAT(fs().lock(at("LOCK"), LockKind::kShared), FailsWith(ErrorCode::kConflict));
  }
  auto one = fs().lock(at("LOCK"), LockKind::kShared);
  ASSERT_THAT(one, IsOk());
  auto other = fs().lock(at("LOCK"), LockKind::kShared);
  ASSERT_THAT(other, IsOk());
  one->reset();
  EXPECT_THAT(fs().lock(at("LOCK"), LockKind::kExclusive), FailsWith(ErrorCode::kConflict));
  other->reset();
  EXPECT_THAT(fs().lock(at("LOCK"), LockKind::kExclusive), IsOk());
}

TEST_P(FileSystemContract, KnowsWhereAPathReallyLeads) {
  make_file("f", "");
  EXPECT_EQ(fs().real_path(at("f")).value(), at("f"));
  EXPECT_THAT(fs().real_path(at("none")), FailsWith(ErrorCode::kNotFound));
}

TEST_P(FileSystemContract, SaysHowMuchRoomThereIs) {
  EXPECT_GT(fs().free_bytes(at("")).value(), 0u);
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemContract,
                         ::testing::Values(Form::kPosix, Form::kSimulated, Form::kOverlay),
                         [](const auto& info) {
                           if (info.param == Form::kPosix) return "Posix";
                           return info.param == Form::kSimulated ? "Simulated" : "Overlay";
                         });

TEST(PosixFileSystemTest, ARealPathHasNoSymbolicLinks) {
  const testing::TemporaryDirectory directory;
  PosixFileSystem fs;
  ASSERT_THAT(fs.make_directory(directory.path() / "d"), IsOk());
  ASSERT_EQ(::symlink("d", (directory.path() / "link").c_str()), 0);
  EXPECT_EQ(fs.real_path(directory.path() / "link").value(),
            fs.real_path(directory.path()).value() / "d");
}

// Opening it must not wait for somebody at the other end of the pipe.
TEST(PosixFileSystemTest, APipeIsNoFile) {
  const testing::TemporaryDirectory directory;
  const Path pipe = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  PosixFileSystem fs;
  for (const Error& error :
       {fs.open_for_read(pipe).error(), fs.open_for_write(pipe).error(), fs.lock(pipe).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.message, HasSubstr(pipe.string()));
  }
  EXPECT_THAT(fs.open_for_read("/dev/null"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(fs.kind_of(pipe).value(), FileKind::kOther);
}

// Somebody renames the directory, and another one gets its name.
TEST(HeldDirectory, IsReachedByTheNameThatItHad) {
  const testing::TemporaryDirectory parent;
  const Path name = parent.path() / "d";
  const Path moved = parent.path() / "moved";
  PosixFileSystem fs;
  ASSERT_THAT(fs.make_directory(name), IsOk());
  const auto held = fs.hold(name).value();
  ASSERT_THAT(fs.rename(name, moved), IsOk());
  ASSERT_THAT(fs.make_directory(name), IsOk());

  ASSERT_THAT(held->make_directory(name / "sub"), IsOk());
  ASSERT_THAT(held->make_directory(name / "sub2"), IsOk());
  ASSERT_THAT(write_file_atomically(*held, name / "sub/f", as_bytes("text")), IsOk());
  ASSERT_THAT(held->link(name / "sub/f", name / "g"), IsOk());
  ASSERT_THAT(held->link(name / "sub/f", parent.path() / "outside"), IsOk());
  ASSERT_THAT(held->remove(name / "sub/f"), IsOk());
  ASSERT_THAT(held->remove_directory(name / "sub2"), IsOk());
  ASSERT_THAT(held->open_for_write(name / "g").value()->write_at(0, as_bytes("T")), IsOk());
  ASSERT_THAT(held->sync_directory(name), IsOk());
  const auto lock = held->lock(name);
  ASSERT_THAT(lock, IsOk());

  EXPECT_THAT(held->list(name).value(), ElementsAre("g", "sub"));
  EXPECT_THAT(fs.list(moved).value(), ElementsAre("g", "sub"));
  EXPECT_THAT(fs.list(moved / "sub").value(), IsEmpty());
  EXPECT_THAT(fs.list(name).value(), IsEmpty());
  EXPECT_EQ(as_text(read_file(*held, name / "g", 10).value()), "Text");
  EXPECT_EQ(held->kind_of(name / "g").value(), FileKind::kFile);
  EXPECT_EQ(held->kind_of(parent.path() / "outside").value(), FileKind::kFile);
  EXPECT_THAT(fs.lock(moved), FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(fs.lock(name), IsOk());
  // A name that only begins alike is another place; messages have the whole path.
  EXPECT_EQ(held->kind_of(parent.path() / "d2").value(), FileKind::kMissing);
  EXPECT_THAT(held->open_for_read(name / "none").error().message,
              HasSubstr((name / "none").string()));
}

TEST(HeldDirectory, MustBeADirectory) {
  const testing::TemporaryDirectory parent;
  PosixFileSystem fs;
  EXPECT_THAT(fs.hold(parent.path() / "none"), FailsWith(ErrorCode::kNotFound));
  ASSERT_THAT(fs.create(parent.path() / "f"), IsOk());
  EXPECT_THAT(fs.hold(parent.path() / "f"), FailsWith(ErrorCode::kNotFound));
  const auto top = fs.hold("/");
  ASSERT_THAT(top, IsOk());
  EXPECT_EQ((*top)->kind_of(parent.path()).value(), FileKind::kDirectory);
  EXPECT_EQ((*top)->kind_of("/").value(), FileKind::kDirectory);
}

}  // namespace
}  // namespace strata::env
