// The stage as a whole: that it is a Store, and that it survives.
#include "wal/logged_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/posix_file_system.h"
#include "testing/crash_explorer.h"
#include "testing/store_suite.h"
#include "testing/temporary_directory.h"

namespace strata::wal {
namespace {

// Small enough that a thousand batches rotate and checkpoint many times.
LoggedStoreOptions small_options() {
  LoggedStoreOptions options;
  options.log = {.segment_bytes = 4096, .preallocate = 1024};
  options.auto_checkpoint = AutoCheckpoint::kInline;
  options.checkpoint_min_log_bytes = 20'000;
  options.checkpoint_ratio = 2;
  return options;
}

const bool kSuite = testing::register_store_suite(
    "LoggedStore", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
      return LoggedStore::open(env::posix_file_system(), directory);
    });
const bool kSmallSuite = testing::register_store_suite(
    "LoggedStoreSmall", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
      return LoggedStore::open(env::posix_file_system(), directory, small_options());
    });

TEST(LoggedStoreCrash, AnyPowerCutLeavesWhatWasAcknowledged) {
  testing::CrashExploration exploration;
  exploration.open = [](env::FileSystem& fs) -> Result<std::unique_ptr<Store>> {
    return LoggedStore::open(fs, "/data/store", small_options());
  };
  const auto report = testing::explore_crashes(exploration);
  EXPECT_THAT(report.failures, ::testing::IsEmpty());
  fmt::print("{} calls, {} recoveries\n", report.calls, report.recoveries);
}

}  // namespace
}  // namespace strata::wal
