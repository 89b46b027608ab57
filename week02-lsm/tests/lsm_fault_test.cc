// S3 to S5 in common/docs/reliability.md, for the store: failing calls, failing syncs, a full disk,
// with flushes in between.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "lsm/lsm_store.h"
#include "lsm_options.h"
#include "merge_all.h"
#include "testing/fault_explorer.h"
#include "testing/model.h"
#include "testing/results.h"
#include "testing/scarce_memory.h"

namespace strata::lsm {
namespace {

using testing::Fault;
using testing::FaultOutcome;
using testing::Model;

testing::FaultTrace trace_of(int writes) {
  testing::FaultTrace trace;
  trace.open = [](env::FileSystem& fs,
                  const env::Path& directory) -> Result<std::unique_ptr<Store>> {
    LsmOptions options;
    options.log = {.segment_bytes = 512, .preallocate = 256};
    options.workers = &env::inline_workers();
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

// ... and what a store says of itself is true after it, too.
TEST(LsmFaults, AWriteThatFailsLeavesTheStoreWhole) {
  for (const env::DiskCall kind :
       {env::DiskCall::kWrite, env::DiskCall::kSync, env::DiskCall::kNames})
    for (std::uint64_t index = 0;; ++index) {
      SCOPED_TRACE(fmt::format("call {} of kind {}", index, static_cast<int>(kind)));
      env::SimulatedFileSystem fs;
      const auto store = trace_of(14).open(fs, "/store").value();
      fs.fail_call(kind, index);
      for (int i = 0; i < 14; ++i) {
        static_cast<void>(store->put("key", std::string(100, 'v')).has_value());
        dynamic_cast<LsmStore&>(*store).check_invariants();
      }
      if (fs.fault_pending(kind)) break;
    }
}

// A compaction that is tried again and again must not fill the disk. When the manifest has failed,
// it may name the table of the first try, but it cannot name those of later tries.
TEST(LsmFaults, ACompactionThatFailsAtASyncLeavesAtMostOneTable) {
  bool manifest_failed = false;
  for (std::uint64_t index = 0;; ++index) {
    SCOPED_TRACE(index);
    env::SimulatedFileSystem fs;
    LsmOptions options = small_options();
    const auto compactor = std::make_shared<MergeAll>(fs, "/store");
    options.compactor = compactor;
    const auto store = LsmStore::open(fs, "/store", options).value();
    ASSERT_THAT(store->put("a", "1"), testing::IsOk());
    ASSERT_THAT(store->flush(), testing::IsOk());
    ASSERT_THAT(store->put("b", "1"), testing::IsOk());
    fs.fail_call(env::DiskCall::kSync, index);
    if (store->compact() && fs.fault_pending(env::DiskCall::kSync)) break;
    if (compactor->steps() > 0 || store->version().table_count() < 2) continue;
    if (!store->verify()) {
      manifest_failed = true;
      const std::uint64_t before = fs.changes();
      EXPECT_FALSE(store->compact());
      EXPECT_EQ(fs.changes(), before) << "it does not even begin";
    }
    for (int i = 0; i < 10; ++i) static_cast<void>(store->compact().has_value());
    EXPECT_LE(fs.list("/store/tables").value().size(), store->version().table_count() + 1);
  }
  EXPECT_TRUE(manifest_failed);
}

// A write is done whole or not at all, and nothing that comes later is lost. A store that memory
// left half-way refuses writes until it is opened again.
TEST(LsmFaults, MemoryMayRunOutAtAnyAllocationOfAWrite) {
  const WriteBatch batch = WriteBatch().put("b", std::string(9'000, 'b')).remove("a").put("c", "c");
  for (std::uint64_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    env::SimulatedFileSystem fs;
    testing::Model model{{"a", std::string(9'000, 'a')}};
    const auto store = LsmStore::open(fs, "/store", small_options()).value();
    ASSERT_THAT(store->put("a", model["a"]), IsOk());
    testing::ScarceMemory scarce(at);
    bool done = false;
    try {
      done = store->write(batch).has_value();
    } catch (const std::bad_alloc&) {
      EXPECT_TRUE(scarce.ran_out());
    }
    scarce.stop();
    if (done) testing::apply(batch, model);
    if (store->put("d", "d")) model["d"] = "d";
    const auto after = fs.after_process_death();
    auto found = testing::contents_of(*LsmStore::open(*after, "/store", small_options()).value());
    ASSERT_THAT(found, IsOk());
    if (!done && *found != model) testing::apply(batch, model);  // it may have been done
    EXPECT_EQ(*found, model);
    if (!scarce.ran_out()) break;
  }
}

// S3 for Store::replace(): as long as nobody knows which content the disk has, no write is taken.
TEST(LsmFaults, NoWriteFollowsAReplacementOfUnknownOutcome) {
  const auto open = [](env::FileSystem& fs) {
    return LsmStore::open(fs, "/store", small_options());
  };
  for (const env::DiskCall kind :
       {env::DiskCall::kWrite, env::DiskCall::kSync, env::DiskCall::kNames})
    for (std::uint64_t index = 0;; ++index) {
      SCOPED_TRACE(fmt::format("call {} of kind {}", index, static_cast<int>(kind)));
      env::SimulatedFileSystem fs;
      auto store = open(fs).value();
      ASSERT_TRUE(store->put("a", "1").has_value());
      fs.fail_call(kind, index);
      testing::ListCursor entries(testing::ListCursor::Pairs{{"b", "2"}});
      const auto replaced = store->replace(entries);
      if (fs.fault_pending(kind)) break;
      const auto written = store->put("c", "3");
      store.reset();
      Model right = replaced ? Model{{"b", "2"}} : Model{{"a", "1"}};
      if (written) right["c"] = "3";
      const Model found = testing::contents_of(*open(fs).value()).value();
      if (written || replaced)
        EXPECT_EQ(testing::difference(right, found), "");
      else
        EXPECT_TRUE(found == Model({{"a", "1"}}) || found == Model({{"b", "2"}}));
    }
}

}  // namespace
}  // namespace strata::lsm
