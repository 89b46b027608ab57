// RELIABILITY S3 to S5 for the stage: failing calls, failing syncs, a full disk, with flushes
// in between.
#include <gtest/gtest.h>

#include "lsm/lsm_store.h"
#include "testing/fault_explorer.h"

namespace strata::lsm {
namespace {

using testing::Fault;
using testing::FaultOutcome;

testing::FaultTrace trace_of(int writes) {
  testing::FaultTrace trace;
  trace.open = [](env::FileSystem& fs,
                  const env::Path& directory) -> Result<std::unique_ptr<Store>> {
    LsmOptions options;
    options.log = {.segment_bytes = 512, .preallocate = 256};
    options.flush = FlushMode::kInline;
    options.tables = {.block_size = 256, .restart_interval = 4};
    options.manifest = {.log = {.segment_bytes = 512, .preallocate = 256}, .least_bytes = 256};
    return LsmStore::open(fs, directory, options);
  };
  trace.writes = writes;
  trace.after_write = [](Store& store, int number) -> Result<void> {
    if (number % 5 != 4) return {};
    return dynamic_cast<LsmStore&>(store).flush();
  };
  return trace;
}

TEST(LsmFaults, AnErrorAtAnyCallIsReportedAndLosesNothing) {
  for (const bool sticky : {false, true})
    fail_every_call(trace_of(14), Fault::kIoError, sticky,
                    [](const FaultOutcome& outcome) { EXPECT_TRUE(outcome.reported); });
}

TEST(LsmFaults, InterruptedAndShortCallsAreNotEvenNoticed) {
  for (const Fault what : {Fault::kInterrupted, Fault::kShort})
    for (const bool sticky : {false, true})
      fail_every_call(trace_of(8), what, sticky, [](const FaultOutcome& outcome) {
        EXPECT_TRUE(outcome.opened);
        EXPECT_FALSE(outcome.reported);
      });
}

TEST(LsmFaults, AFailedSyncLosesNothing) {
  fail_every_call(trace_of(14), Fault::kSyncError, false,
                  [](const FaultOutcome& outcome) { EXPECT_TRUE(outcome.reported); });
}

TEST(LsmFaults, ADiskThatIsFullAtAnyCallLosesNothing) {
  for (const bool sticky : {false, true})
    fail_every_call(trace_of(14), Fault::kDiskFull, sticky, [](const FaultOutcome&) {});
}

}  // namespace
}  // namespace strata::lsm
