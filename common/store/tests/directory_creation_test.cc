// Creating a store's directory, with the power cut at every call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "store/store_directory.h"
#include "testing/crash_explorer.h"
#include "testing/results.h"

namespace strata {
namespace {

using testing::FailsWith;
using testing::IsOk;

const env::Path kDeepPath = "/data/deep/store";
const StoreIdentity kFirst{"logged", 2, 42};
const StoreIdentity kOther{"logged", 2, 43};

TEST(DirectoryCreation, CanBeRepeatedAfterAPowerCutAtAnyCall) {
  env::SimulatedFileSystem disk;
  std::uint64_t calls = 0;
  disk.on_change([&] {
    ++calls;
    for (const env::PowerCut& cut : testing::power_cuts(calls)) {
      const auto found = disk.after_power_cut(cut);
      const auto opened = StoreDirectory::open(*found, kDeepPath, kOther);
      ASSERT_THAT(opened, IsOk()) << "call " << calls << ": " << cut.describe();
      EXPECT_TRUE(opened->identity() == kFirst || opened->identity() == kOther);
    }
  });
  ASSERT_THAT(StoreDirectory::open(disk, kDeepPath, kFirst), IsOk());
  EXPECT_GE(calls, 12u);  // three directories, a lock, a file
}

TEST(DirectoryCreation, IsDurableParentsAndAllOnReturn) {
  env::SimulatedFileSystem disk;
  ASSERT_THAT(StoreDirectory::open(disk, kDeepPath, kFirst), IsOk());
  for (const env::PowerCut& cut : testing::power_cuts(1)) {
    const auto found = disk.after_power_cut(cut);
    EXPECT_EQ(StoreDirectory::open(*found, kDeepPath, kOther)->identity(), kFirst);
  }
}

TEST(DirectoryCreation, IsDurableToTheSecondTimeIfAFailedSyncBrokeTheFirst) {
  for (std::uint64_t which = 0;; ++which) {
    env::SimulatedFileSystem disk;
    disk.fail_call(env::DiskCall::kSync, which);
    const auto first = StoreDirectory::open(disk, kDeepPath, kFirst);
    if (disk.fault_pending(env::DiskCall::kSync)) break;  // all of them have been failed
    EXPECT_THAT(first, FailsWith(ErrorCode::kIo)) << "sync " << which;
    ASSERT_THAT(StoreDirectory::open(disk, kDeepPath, kOther), IsOk()) << "sync " << which;
    const auto found = disk.after_power_cut({});
    ASSERT_THAT(StoreDirectory::open(*found, kDeepPath, {"logged", 2, 44}), IsOk());
    EXPECT_NE(StoreDirectory::open(*found, kDeepPath, {"logged", 2, 44})->identity().id, 44u)
        << "sync " << which << ": the directory that was opened is gone";
  }
}

TEST(DirectoryCreation, AFullDiskIsRefusedAndPasses) {
  env::SimulatedFileSystem disk;
  disk.set_capacity(10);
  EXPECT_THAT(StoreDirectory::open(disk, kDeepPath, kFirst), FailsWith(ErrorCode::kUnavailable));
  disk.set_capacity(10'000);
  EXPECT_THAT(StoreDirectory::open(disk, kDeepPath, kFirst), IsOk());
}

}  // namespace
}  // namespace strata
