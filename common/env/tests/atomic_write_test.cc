// write_file_atomically(): the file is complete or missing, at whichever call the power is cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "testing/crash_explorer.h"
#include "testing/fault_calls.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::env {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

const Path kFile = "/f";
const std::string kOld(1000, 'o');
const std::string kNew(3000, 'n');  // several sectors, so that it can tear

// "old", "new", "none" or "neither".
std::string_view found_in(FileSystem& fs) {
  const auto bytes = read_file(fs, kFile, 1 << 20);
  if (!bytes) return bytes.error().code == ErrorCode::kNotFound ? "none" : "neither";
  if (as_text(*bytes) == kOld) return "old";
  return as_text(*bytes) == kNew ? "new" : "neither";
}

// Checks the disk after each of its calls, for many kinds of power cuts.
void expect_whole_at_every_call(SimulatedFileSystem& disk, std::string_view before) {
  std::uint64_t calls = 0;
  disk.on_change([&] {
    ++calls;
    for (std::uint64_t seed = 0; seed < 20; ++seed)
      for (const PowerCut& cut : testing::power_cuts(seed)) {
        const std::string_view found = found_in(*disk.after_power_cut(cut));
        EXPECT_TRUE(found == before || found == "new")
            << found << " at call " << calls << " with " << cut.describe();
      }
  });
  ASSERT_THAT(write_file_atomically(disk, kFile, as_bytes(kNew)), IsOk());
  EXPECT_GE(calls, 5u);
  disk.on_change(nullptr);
  for (const PowerCut& cut : testing::power_cuts(1))
    EXPECT_EQ(found_in(*disk.after_power_cut(cut)), "new") << cut.describe();
}

TEST(AtomicWrite, ANewFileIsThereWholeOrNotAtAll) {
  SimulatedFileSystem disk;
  expect_whole_at_every_call(disk, "none");
}

TEST(AtomicWrite, AReplacedFileIsTheOldOneOrTheNew) {
  SimulatedFileSystem disk;
  ASSERT_THAT(write_file_atomically(disk, kFile, as_bytes(kOld)), IsOk());
  expect_whole_at_every_call(disk, "old");
}

TEST(AtomicWrite, ATemporaryLeftBehindIsNoObstacle) {
  SimulatedFileSystem disk;
  ASSERT_THAT(disk.create("/f.tmp").value()->write_at(0, as_bytes(std::string(9999, 'x'))), IsOk());
  expect_whole_at_every_call(disk, "none");
  EXPECT_THAT(disk.list("/").value(), ElementsAre("f"));
}

TEST(AtomicWrite, ADirectoryThatHasTheTemporarysNameIsNoObstacleAndStays) {
  SimulatedFileSystem disk;
  ASSERT_THAT(disk.make_directory("/f.tmp"), IsOk());
  expect_whole_at_every_call(disk, "none");
  EXPECT_THAT(disk.list("/").value(), ElementsAre("f", "f.tmp"));
}

TEST(AtomicWrite, AFailedSyncIsReported) {
  for (std::uint64_t which = 0; which < 2; ++which) {  // of the file, of the directory
    SimulatedFileSystem disk;
    ASSERT_THAT(write_file_atomically(disk, kFile, as_bytes(kOld)), IsOk());
    disk.fail_call(DiskCall::kSync, which);
    EXPECT_THAT(write_file_atomically(disk, kFile, as_bytes(kNew)), FailsWith(ErrorCode::kIo));
    EXPECT_NE(found_in(*disk.after_power_cut({.names = Unsynced::kKept})), "neither");
    EXPECT_THAT(write_file_atomically(disk, kFile, as_bytes(kNew)), IsOk());
    EXPECT_EQ(found_in(*disk.after_power_cut({})), "new");
  }
}

TEST(AtomicWrite, WhicheverSystemCallFailsTheOldFileIsThereOrTheNew) {
  const testing::TemporaryDirectory directory;
  const Path file = directory.path() / "f";
  ASSERT_THAT(write_file_atomically(posix_file_system(), file, as_bytes(kOld)), IsOk());
  bool failed = true;
  for (std::uint64_t k = 0; failed; ++k) {
    testing::FaultCalls calls({.what = testing::Fault::kIoError, .at = k});
    PosixFileSystem fs(calls);
    failed = !write_file_atomically(fs, file, as_bytes(kNew)).has_value();
    const auto text = read_file(posix_file_system(), file, 1 << 20).value();
    EXPECT_TRUE(as_text(text) == kNew || (failed && as_text(text) == kOld)) << "call " << k;
  }
  EXPECT_THAT(posix_file_system().list(directory.path()).value(), ElementsAre("f"));
}

}  // namespace
}  // namespace strata::env
