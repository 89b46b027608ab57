// Task 3.7: a job writes the tables of its plan, and nobody ever sees a half-done job.
#include "compaction/job.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "env/simulated_file_system.h"
#include "testing/results.h"

namespace strata::compaction {
namespace {

using lsm::SequenceNumber;
using testing::FailsWith;
using testing::IsOk;

constexpr std::uint64_t kStore = 7;
const env::Path kDirectory = "/store";

class JobTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(fs_.make_directory(kDirectory), IsOk());
    ASSERT_THAT(fs_.sync_directory("/"), IsOk());
    ASSERT_THAT(lsm::VersionSet::create(fs_, kDirectory, kStore), IsOk());
    versions_ = open(fs_).value();
    ASSERT_THAT(versions_->resume(), IsOk());
  }
  static Result<std::unique_ptr<lsm::VersionSet>> open(env::FileSystem& fs) {
    return lsm::VersionSet::open(fs, kDirectory, kStore, {});
  }
  // A table in level 0 with the keys [first, last), each put with its number as its value.
  void flush(int first, int last, OperationKind kind = OperationKind::kPut) {
    lsm::Memtable memtable(1 << 20);
    for (int i = first; i < last; ++i) {
      sequence_ = sequence_ + 1;
      const std::string key = fmt::format("key{:03}", i);
      const std::string value = fmt::format("{}:{:050}", sequence_.value(), i);
      memtable.add(sequence_, {kind, key, kind == OperationKind::kPut ? value : ""});
    }
    const auto table = versions_->write_table(memtable).value();
    ASSERT_THAT(versions_->flushed(table, wal::Position(), sequence_), IsOk());
  }
  // A plan that merges all of level 0 into `level`.
  CompactionPlan down_to(std::size_t level) const {
    CompactionPlan plan{.inputs = {},
                        .output_level = level,
                        .reason = "a test",
                        .max_table_bytes = 3'000,
                        .max_overlap_bytes = 1 << 20};
    for (const auto& table : version().levels[0]) plan.inputs.push_back({0, table.number});
    for (const auto& table : version().levels[level]) plan.inputs.push_back({level, table.number});
    return plan;
  }
  Result<JobResult> run(const CompactionPlan& plan, const std::stop_token& stop = {}) {
    return compact(*versions_, plan, sequence_, {.block_size = 256}, stop, progress_);
  }
  const lsm::Version& version() const { return versions_->current()->version(); }

  // Every entry of every table, as "key@sequence".
  static std::set<std::string> entries_of(const lsm::TableSet& tables) {
    std::vector<std::unique_ptr<lsm::EntryIterator>> sources;
    tables.iterate(sources);
    std::set<std::string> entries;
    for (const auto& source : sources) {
      for (source->seek_to_first(); source->valid(); source->next())
        entries.insert(
            fmt::format("{}@{}", source->key().user_key, source->key().sequence().value()));
      EXPECT_THAT(source->status(), IsOk());
    }
    return entries;
  }
  std::set<std::string> entries() const { return entries_of(*versions_->current()); }
  std::size_t files() { return fs_.list(kDirectory / "tables").value().size(); }

  env::SimulatedFileSystem fs_;
  std::unique_ptr<lsm::VersionSet> versions_;
  SequenceNumber sequence_;
  Progress progress_;
};

TEST_F(JobTest, PutsTheNewestOfEachKeyInPlaceOfTheInputs) {
  flush(0, 10);
  flush(5, 15);
  const auto result = run(down_to(1)).value();
  EXPECT_TRUE(version().levels[0].empty());
  EXPECT_EQ(entries().size(), 15u);
  EXPECT_EQ(versions_->current()->get("key007", lsm::kMaxSequence).value()->value,
            fmt::format("13:{:050}", 7));
  EXPECT_GT(result.bytes_read, result.bytes_written);
  EXPECT_EQ(result.bytes_written, version().table_bytes());
  EXPECT_EQ(progress_.entries_read, 20u);
  EXPECT_EQ(progress_.entries_dropped, 5u);
  EXPECT_EQ(files(), version().table_count()) << "the inputs' files are gone";
}

// A cache that counts insertions, and never has a block.
class CountingCache final : public lsm::BlockCache {
 public:
  std::shared_ptr<const lsm::Block> find(const Place&) override { return nullptr; }
  void insert(const Place&, std::shared_ptr<const lsm::Block>) override { ++kept; }
  int kept = 0;
};

TEST_F(JobTest, LeavesTheCacheToReaders) {
  const auto cache = std::make_shared<CountingCache>();
  lsm::VersionSetOptions options;
  options.reading.cache = cache;
  versions_ = lsm::VersionSet::open(fs_, kDirectory, kStore, options).value();
  ASSERT_THAT(versions_->resume(), IsOk());
  flush(0, 100);
  ASSERT_THAT(run(down_to(1)), IsOk());
  flush(0, 100);
  ASSERT_THAT(run(down_to(1)), IsOk());
  EXPECT_EQ(cache->kept, 0);
}

TEST_F(JobTest, CutsOutputsWhereThePlanSays) {
  flush(0, 300);
  ASSERT_THAT(run(down_to(1)), IsOk());
  EXPECT_GE(version().levels[1].size(), 5u);
  for (const auto& table : version().levels[1]) EXPECT_LE(table.file_size, 3'600u);
  version().check_invariants();
}

//   level 2, below the output   [000..  ]  [  ..  ]  [  ..199]
//   the output, in level 1                                      [300 ..... 319]
TEST_F(JobTest, IsNotCutForWhatLiesBeforeItsFirstKey) {
  flush(0, 200);
  ASSERT_THAT(run(down_to(2)), IsOk());
  ASSERT_GE(version().levels[2].size(), 3u);
  flush(300, 320);
  CompactionPlan plan = down_to(1);
  plan.max_overlap_bytes = 1;  // less than any table below has
  ASSERT_THAT(run(plan), IsOk());
  EXPECT_EQ(version().levels[1].size(), 1u);
}

TEST_F(JobTest, TheVersionSaysBeforeWhichNumberNobodyMayReadIt) {
  flush(0, 10);
  flush(0, 10);
  const SequenceNumber oldest(15);
  ASSERT_THAT(compact(*versions_, down_to(1), oldest, {}, {}, progress_), IsOk());
  EXPECT_EQ(versions_->current()->readable_from(), oldest);
}

TEST_F(JobTest, KeepsAllVersionsOfAKeyInOneTable) {
  for (int round = 0; round < 80; ++round) flush(0, 2);
  const CompactionPlan plan = down_to(1);
  // A reader from before all writes: every version has to stay.
  ASSERT_THAT(compact(*versions_, plan, SequenceNumber(0), {.block_size = 256}, {}, progress_),
              IsOk());
  EXPECT_EQ(entries().size(), 160u);
  EXPECT_EQ(version().levels[1].size(), 2u) << "one a key";
  version().check_invariants();
}

TEST_F(JobTest, DropsATombstoneOnlyWhereNothingLiesBelow) {
  flush(0, 10);
  ASSERT_THAT(run(down_to(2)), IsOk());
  flush(0, 20, OperationKind::kDelete);
  ASSERT_THAT(run(down_to(1)), IsOk());
  EXPECT_EQ(entries().size(), 20u) << "ten puts and, above them, the ten tombstones that hide them";
  EXPECT_EQ(versions_->current()->get("key003", lsm::kMaxSequence).value()->kind,
            OperationKind::kDelete);
  CompactionPlan bottom{.inputs = {},
                        .output_level = 2,
                        .reason = "",
                        .max_table_bytes = 3'000,
                        .max_overlap_bytes = 1 << 20};
  for (const std::size_t level : {1u, 2u})
    for (const auto& table : version().levels[level])
      bottom.inputs.push_back({level, table.number});
  ASSERT_THAT(run(bottom), IsOk());
  EXPECT_EQ(version().table_count(), 0u) << "nothing is left, and so no table";
  EXPECT_EQ(files(), 0u);
}

TEST_F(JobTest, LeavesNothingBehindWhenItIsStopped) {
  flush(0, 100);
  flush(0, 100);
  const auto before = entries();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(run(down_to(1), stop.get_token()), FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(entries(), before);
  EXPECT_EQ(files(), 2u);
}

TEST_F(JobTest, LeavesNothingBehindWhenTheDiskIsFull) {
  flush(0, 100);
  flush(50, 150);
  const auto before = entries();
  // The limit includes the space of the inputs and the manifest.
  for (std::uint64_t capacity = 0; version().levels[1].empty(); capacity += 1'000) {
    ASSERT_LT(capacity, 1'000'000u);
    fs_.set_capacity(capacity);
    const auto outcome = run(down_to(1));
    fs_.set_capacity(~std::uint64_t{0});
    if (outcome) break;
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(entries(), before);
    ASSERT_EQ(files(), 2u) << "with a capacity of " << capacity;
  }
}

TEST_F(JobTest, LeavesNothingBehindWhenASyncFails) {
  flush(0, 100);
  flush(50, 150);
  const auto before = entries();
  for (std::uint64_t sync = 0; version().levels[1].empty(); ++sync) {
    fs_.fail_call(env::DiskCall::kSync, sync);
    const auto outcome = run(down_to(1));
    if (outcome) break;
    EXPECT_EQ(entries(), before);
    ASSERT_LT(sync, 100u);
    // Nobody knows then whether the manifest names them, so they stay.
    if (outcome.error().message.find("/manifest/") != std::string::npos) return;
    EXPECT_EQ(files(), 2u) << "after sync " << sync;
  }
}

// Cuts the power at every disk call. The version that is found afterwards has complete tables, with
// the contents of the inputs or of the outputs.
TEST_F(JobTest, APowerCutAtAnyCallLeavesInputsOrOutputs) {
  flush(0, 60);
  flush(30, 90);
  const auto before = entries();
  std::set<std::string> after;  // the newest version of each key
  std::map<std::string, std::string> newest;
  for (const std::string& entry : before) newest[entry.substr(0, 6)] = entry;
  for (int i = 30; i < 60; ++i)
    newest[fmt::format("key{:03}", i)] = fmt::format("key{:03}@{}", i, 60 + i - 29);
  for (const auto& [key, entry] : newest) after.insert(entry);
  std::uint64_t seed = 0;
  std::uint64_t finished = 0;
  fs_.on_change([&] {
    for (const env::Unsynced kept :
         {env::Unsynced::kLost, env::Unsynced::kKept, env::Unsynced::kSubset}) {
      const auto disk = fs_.after_power_cut({.data = kept, .names = kept, .seed = ++seed});
      auto found = open(*disk);
      ASSERT_THAT(found, IsOk()) << "power cut " << seed;
      const auto seen = entries_of(*(*found)->current());
      ASSERT_TRUE(seen == before || seen == after) << "power cut " << seed;
      finished += seen == after;
    }
  });
  ASSERT_THAT(run(down_to(1)), IsOk());
  fs_.on_change(nullptr);
  EXPECT_EQ(entries(), after);
  EXPECT_GT(seed, 30u);
  EXPECT_GT(finished, 0u);
}

}  // namespace
}  // namespace strata::compaction
