// Which calls an observer gets, and in which order.
#include "lsm/lsm_observer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "env/simulated_file_system.h"
#include "lsm/lsm_store.h"
#include "lsm/lsm_trace.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::StartsWith;

// Records each call as a line.
class Notes final : public LsmObserver {
 public:
  void recovered(const Recovered& found) override {
    note(fmt::format("recovered {} tables, {} entries, sequence {}", found.version.table_count(),
                     found.memtable.entries(), found.sequence.value()));
  }
  void applied(SequenceNumber first, std::span<const WriteBatch* const> batches,
               const Memtable& memtable) override {
    for (const WriteBatch* batch : batches) {
      note(fmt::format("applied {} at {}, of {}", (*batch)[0].key, first.value(),
                       memtable.entries()));
      first = first + batch->count();
    }
  }
  void set_aside(const Memtable& memtable, SequenceNumber last, wal::Position log_start) override {
    log_start_ = log_start;
    note(fmt::format("set aside {} entries, last {}", memtable.entries(), last.value()));
  }
  void flush_begun(const Memtable& memtable) override {
    note(fmt::format("flush of {} entries begun", memtable.entries()));
  }
  void flush_finished(const Version& version) override {
    EXPECT_EQ(version.log_start, log_start_) << "what lies before is in tables now";
    const TableInfo& table = version.levels[0].front();
    note(fmt::format("table {} of {} entries, {} to {}", table.number, table.entries,
                     parse_key(table.smallest)->user_key, parse_key(table.largest)->user_key));
  }
  void flush_failed(const Error& error) override {
    note(fmt::format("flush failed: {}", error.message));
  }

  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  void note(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }

  wal::Position log_start_;  // a flush reads it only after the set_aside that wrote it
  std::mutex mutex_;         // guards lines_
  std::vector<std::string> lines_;
};

TEST(LsmObserver, IsToldOfEachStepInItsOrder) {
  for (env::Workers* workers : {&env::inline_workers(), &env::threads()}) {
    env::SimulatedFileSystem fs;
    Notes notes;
    LsmOptions options;
    options.workers = workers;
    options.observer = &notes;
    auto store = LsmStore::open(fs, "/store", options).value();
    EXPECT_THAT(notes.take(), ElementsAre("recovered 0 tables, 0 entries, sequence 0"));

    ASSERT_THAT(store->put("b", "1"), IsOk());
    ASSERT_THAT(store->write(WriteBatch().put("a", "2").remove("c")), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
    ASSERT_THAT(store->put("d", "3"), IsOk());
    EXPECT_THAT(notes.take(), ElementsAre("applied b at 1, of 1", "applied a at 2, of 3",
                                          "set aside 3 entries, last 3", "flush of 3 entries begun",
                                          "table 1 of 3 entries, a to c", "applied d at 4, of 1"));

    store.reset();
    EXPECT_THAT(notes.take(), ElementsAre()) << "closing moves nothing";
    store = LsmStore::open(fs, "/store", options).value();
    EXPECT_THAT(notes.take(), ElementsAre("recovered 1 tables, 1 entries, sequence 4"));
  }
}

TEST(LsmObserver, SeesAFullMemtableGoBeforeTheWriteThatFindsItFull) {
  env::SimulatedFileSystem fs;
  Notes notes;
  LsmOptions options;
  options.workers = &env::inline_workers();
  options.memtable_bytes = 1000;
  options.observer = &notes;
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", std::string(2000, 'v')), IsOk());
  ASSERT_THAT(store->put("b", "1"), IsOk());
  EXPECT_THAT(notes.take(),
              ElementsAre("recovered 0 tables, 0 entries, sequence 0", "applied a at 1, of 1",
                          "set aside 1 entries, last 1", "flush of 1 entries begun",
                          "table 1 of 1 entries, a to a", "applied b at 2, of 1"));
}

TEST(LsmObserver, IsToldOfAFlushThatFailsAndOfTheNextTry) {
  env::SimulatedFileSystem fs;
  Notes notes;
  LsmOptions options;
  options.workers = &env::inline_workers();
  options.log = {.segment_bytes = 4096, .preallocate = 1024};
  options.observer = &notes;
  const auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->put("a", std::string(30'000, 'v')), IsOk());
  std::vector<std::string> seen = notes.take();
  // Until there is room for the new segment of the log, but not for a table.
  for (std::uint64_t capacity = 30'000; seen.size() < 5; capacity += 512) {
    fs.set_capacity(capacity);
    ASSERT_THAT(store->flush(), FailsWith(ErrorCode::kUnavailable));
    std::ranges::copy(notes.take(), std::back_inserter(seen));
  }
  fs.set_capacity(~std::uint64_t{0});
  ASSERT_THAT(store->flush(), IsOk());
  EXPECT_THAT(seen, ElementsAre("recovered 0 tables, 0 entries, sequence 0", "applied a at 1, of 1",
                                "set aside 1 entries, last 1", "flush of 1 entries begun",
                                StartsWith("flush failed: ")));
  EXPECT_THAT(notes.take(), ElementsAre("flush of 1 entries begun",
                                        // A number is never used twice.
                                        "table 2 of 1 entries, a to a"));
}

TEST(LsmTrace, ListsEveryOperationAndEveryTable) {
  env::SimulatedFileSystem fs;
  std::vector<std::string> lines;
  Trace trace(
      "p", [&](std::string_view line) { lines.emplace_back(line); },
      [] { return std::chrono::nanoseconds(0); });
  TracingObserver observer(trace);
  LsmOptions options;
  options.workers = &env::inline_workers();
  options.observer = &observer;
  auto store = LsmStore::open(fs, "/store", options).value();
  ASSERT_THAT(store->write(WriteBatch().put("a", "2").remove("c")), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  ASSERT_THAT(store->put("d", "3"), IsOk());
  store.reset();
  store = LsmStore::open(fs, "/store", options).value();
  EXPECT_THAT(
      lines,
      ElementsAre(
          HasSubstr("strata_trace"), HasSubstr("\"recovered\", \"sequence\": 0, \"tables\": 0"),
          HasSubstr("\"applied\", \"sequence\": 1, \"operations\": 2"),
          HasSubstr("\"applied_also\", \"sequence\": 2, \"verb\": \"DELETE\", \"key\": \"c\""),
          HasSubstr("\"memtable_set_aside\", \"entries\": 2"), HasSubstr("\"flush_begun\""),
          HasSubstr("\"flush_finished\", \"table\": 1, \"level\": 0"),
          HasSubstr("\"applied\", \"sequence\": 3"),
          HasSubstr("\"table_found\", \"table\": 1, \"level\": 0"),
          HasSubstr("\"replayed\", \"sequence\": 3, \"verb\": \"PUT\", \"key\": \"d\""),
          HasSubstr("\"recovered\", \"sequence\": 3, \"tables\": 1")));
}

}  // namespace
}  // namespace strata::lsm
