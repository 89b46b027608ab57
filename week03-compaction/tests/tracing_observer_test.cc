// A trace of a store's compactions says what happened.
#include "compaction/tracing_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "plans.h"
#include "small_engine.h"
#include "testing/results.h"

namespace strata::compaction {
namespace {

using testing::IsOk;

class StoreTrace : public ::testing::Test {
 protected:
  std::string text_;
  Trace trace_{"test", [this](std::string_view line) { text_ += line; },
               [] { return std::chrono::nanoseconds(0); }};
  TracingObserver observer_{trace_};
};

TEST_F(StoreTrace, TellsOfAPlanAndOfWhatCameOfIt) {
  const auto before = version_of({{0, {table(2, "a", "c")}}, {6, {table(1, "b", "d")}}});
  const CompactionPlan plan{.inputs = {{0, 2}, {6, 1}}, .output_level = 6, .reason = "why"};
  text_.clear();
  observer_.begun(plan, before);
  observer_.finished(plan, {}, version_of({{6, {table(3, "a", "d", 150)}}}));
  observer_.begun(plan, before);
  observer_.failed(plan, io_error("the disk\nis gone"));
  EXPECT_EQ("\n" + text_, R"(
{"at": 0, "event": "compaction_begun", "compaction": 1, "inputs": "0/2 6/1", "level": 6, "bytes": 200, "reason": "why"}
{"at": 0, "event": "table_written", "table": 3, "level": 6, "file_size": 150, "entries": 10, "smallest": "a", "largest": "d"}
{"at": 0, "event": "compaction_finished", "compaction": 1, "inputs": "0/2 6/1", "level": 6, "outputs": 1, "bytes": 150}
{"at": 0, "event": "compaction_begun", "compaction": 2, "inputs": "0/2 6/1", "level": 6, "bytes": 200, "reason": "why"}
{"at": 0, "event": "compaction_failed", "compaction": 2, "reason": "why: the disk\\x0ais gone"}
)");
}

TEST_F(StoreTrace, TellsOfAMoveInOneEvent) {
  const CompactionPlan plan{.inputs = {{0, 2}}, .output_level = 5, .reason = "why"};
  text_.clear();
  observer_.begun(plan, version_of({{0, {table(2, "a", "c")}}}));
  observer_.finished(plan, {}, version_of({{5, {table(2, "a", "c")}}}));
  EXPECT_EQ(text_,
            "{\"at\": 0, \"event\": \"table_moved\", \"table\": 2, \"from\": 0, \"level\": 5, "
            "\"reason\": \"why\"}\n");
}

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST_F(StoreTrace, EndsEveryCompactionThatBegan) {
  env::SimulatedFileSystem fs;
  EngineOptions options = small_engine();
  options.observer = &observer_;
  const auto store = open_small(fs, "/store", options).value();
  testing::Model model;
  ASSERT_THAT(write_some(*store, model, 0, 1000), IsOk());
  ASSERT_THAT(store->compact(), IsOk());
  EXPECT_GT(count(text_, "compaction_begun"), 2u);
  EXPECT_EQ(count(text_, "compaction_begun"), count(text_, "compaction_finished"));
  EXPECT_GE(count(text_, "table_written"), store->version().table_count());
}

}  // namespace
}  // namespace strata::compaction
