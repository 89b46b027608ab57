// Every workload, very small, on every available store; and stores that return wrong values.
#include "workload/runner.h"

#include <gtest/gtest.h>

#include "env/temporary_directory.h"
#include "store/memory_store.h"
#include "workload/peers/peers.h"

namespace strata::workload {
namespace {

Settings tiny(unsigned threads) {
  Settings settings;
  settings.num = 2000;
  settings.reads = 500;
  settings.threads = threads;
  return settings;
}

class RunnerTest : public testing::Test {
 protected:
  Result<Measurement> run(const Target& target, const Settings& settings, std::string_view name) {
    Subject subject(target, directory_->path() / target.name, {});
    return run(subject, settings, name);
  }
  static Result<Measurement> run(Subject& subject, const Settings& settings,
                                 std::string_view name) {
    STRATA_TRY(const Workload* workload, find_workload(name));
    Runner runner(settings, nullptr);
    return runner.run(subject, *workload);
  }

  const std::unique_ptr<env::TemporaryDirectory> directory_ =
      env::TemporaryDirectory::make({}, "strata-load").value();
};

std::uint64_t expected_operations(std::string_view workload, const Settings& settings) {
  if (workload == "fillsync") return 1000;
  if (workload.starts_with("fill") || workload == "crash_reopen") return settings.num;
  return settings.operations();
}

class OnEveryStore : public RunnerTest, public testing::WithParamInterface<std::string> {};

TEST_P(OnEveryStore, EveryWorkloadDoesItsOperationsAndReadsNothingWrong) {
  const auto targets = all_targets(peers());
  const auto target = find_target(targets, GetParam());
  if (!target) GTEST_SKIP() << target.error().message;
  for (const unsigned threads : {1U, 3U}) {
    const Settings settings = tiny(threads);
    Subject subject(**target, directory_->path() / GetParam(), {});
    for (const Workload& workload : workloads()) {
      SCOPED_TRACE(std::string(workload.name));
      const auto measured = run(subject, settings, workload.name);
      ASSERT_TRUE(measured.has_value()) << measured.error().message;
      if (measured->skipped) {
        EXPECT_EQ(workload.name, "crash_reopen");
        EXPECT_TRUE(GetParam() == "memory" || GetParam() == "lmdb");
        continue;
      }
      EXPECT_EQ(measured->operations, expected_operations(workload.name, settings));
      EXPECT_GT(measured->elapsed.count(), 0);
    }
    ASSERT_TRUE(subject.close().has_value());
  }
}

TEST_P(OnEveryStore, AColdReadComesAfterAReopen) {
  const auto targets = all_targets(peers());
  const auto target = find_target(targets, GetParam());
  if (!target) GTEST_SKIP() << target.error().message;
  int opened = 0;
  Target counting = **target;
  counting.open = [&](const TargetOptions& options) {
    ++opened;
    return (*target)->open(options);
  };
  Settings settings = tiny(1);
  settings.cold = true;
  Subject subject(counting, directory_->path() / GetParam(), {});
  for (const char* workload : {"fillseq", "readrandom", "readseq"})
    ASSERT_TRUE(run(subject, settings, workload).has_value()) << workload;
  EXPECT_EQ(opened, subject.store().capabilities().durable ? 3 : 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, OnEveryStore,
                         testing::Values("memory", "leveldb", "rocksdb", "lmdb"),
                         [](const auto& each) { return each.param; });

// A memory store that changes what a read returns.
class LyingStore final : public Store {
 public:
  enum class Lie { kNone, kOtherValue, kShortValue, kLosesKey, kInventsKey, kSkipsInScan, kThrows };
  explicit LyingStore(Lie lie) : lie_(lie) {}

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options) override {
    STRATA_TRY(auto value, inner_.get(key, options));
    if (lie_ == Lie::kInventsKey && !value) return std::string(100, 'x');
    if (key.substr(0, 15) != "000000000000007") return value;
    if (lie_ == Lie::kThrows) throw std::runtime_error("task 1.2 is not written yet");
    if (lie_ == Lie::kLosesKey) return std::nullopt;
    if (lie_ == Lie::kOtherValue) return inner_.get("0000000000000001", options);
    if (lie_ == Lie::kShortValue) value->pop_back();
    return value;
  }
  Result<void> write(const WriteBatch& batch) override { return inner_.write(batch); }
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override {
    if (lie_ == Lie::kSkipsInScan) STRATA_TRY(inner_.remove("0000000000000077"));
    return inner_.scan(options);
  }
  Result<std::shared_ptr<const Snapshot>> snapshot() override { return inner_.snapshot(); }
  Result<std::vector<Stat>> stats() override {
    return std::vector<Stat>{{"writes", calls_ += 100}, {"log_syncs", syncs_ += 25}};
  }
  Capabilities capabilities() const override { return {}; }
  Result<void> close() override { return {}; }

 private:
  const Lie lie_;
  MemoryStore inner_;
  std::uint64_t calls_ = 0;
  std::uint64_t syncs_ = 0;
};

class Liars : public RunnerTest {
 protected:
  std::string complaint(LyingStore::Lie lie, std::string_view workload) {
    const Target liar{.name = "liar",
                      .summary = "",
                      .open = [lie](const TargetOptions&) -> Result<std::unique_ptr<Store>> {
                        return std::make_unique<LyingStore>(lie);
                      }};
    Settings settings = tiny(2);
    settings.num = 200;
    settings.reads = 5000;
    const auto measured = run(liar, settings, workload);
    return measured ? "none" : measured.error().message;
  }
};

using Lie = LyingStore::Lie;

TEST_F(Liars, AnHonestOnePasses) {
  EXPECT_EQ(complaint(Lie::kNone, "readrandom"), "none");
  EXPECT_EQ(complaint(Lie::kNone, "readmissing"), "none");
}

TEST_F(Liars, AnotherKeysValueIsCaught) {
  for (const auto* workload : {"readrandom", "readwhilewriting", "ycsbc", "ycsbd", "ycsbf"})
    EXPECT_TRUE(complaint(Lie::kOtherValue, workload).starts_with("wrong read")) << workload;
}

TEST_F(Liars, AValueCutShortIsCaught) {
  EXPECT_TRUE(complaint(Lie::kShortValue, "readrandom").starts_with("wrong read"));
}

TEST_F(Liars, ALostKeyIsCaught) {
  EXPECT_TRUE(complaint(Lie::kLosesKey, "readrandom").starts_with("wrong read"));
}

TEST_F(Liars, AnInventedKeyIsCaught) {
  EXPECT_TRUE(complaint(Lie::kInventsKey, "readmissing").starts_with("wrong read"));
}

TEST_F(Liars, AKeyMissingFromAScanIsCaught) {
  for (const auto* workload : {"readseq", "seekrandom", "ycsbe"})
    EXPECT_TRUE(complaint(Lie::kSkipsInScan, workload).starts_with("wrong read")) << workload;
}

TEST_F(Liars, ATaskThatIsNotWrittenYetIsReported) {
  EXPECT_EQ(complaint(Lie::kThrows, "readrandom"), "task 1.2 is not written yet");
}

TEST_F(RunnerTest, SyncsAWriteComeFromTheStoresOwnCounts) {
  const Target target{.name = "counting",
                      .summary = "",
                      .open = [](const TargetOptions&) -> Result<std::unique_ptr<Store>> {
                        return std::make_unique<LyingStore>(Lie::kNone);
                      }};
  const auto filled = run(target, tiny(1), "fillseq");
  EXPECT_EQ(filled.value().syncs_per_write, 0.25);
  const auto read = run(target, tiny(1), "readrandom");
  EXPECT_EQ(read.value().syncs_per_write, std::nullopt);
}

TEST_F(RunnerTest, FillsyncOpensTheStoreInTheDurableMode) {
  std::vector<SyncMode> modes;
  const Target target{.name = "recorder",
                      .summary = "",
                      .open = [&](const TargetOptions& o) -> Result<std::unique_ptr<Store>> {
                        modes.push_back(o.sync);
                        return std::make_unique<LyingStore>(Lie::kNone);
                      }};
  ASSERT_TRUE(run(target, tiny(1), "fillsync").has_value());
  ASSERT_TRUE(run(target, tiny(1), "fillseq").has_value());
  EXPECT_EQ(modes, (std::vector{SyncMode::kAlways, SyncMode::kNever}));
}

TEST_F(RunnerTest, AFailedOpenIsReported) {
  const Target target{.name = "broken",
                      .summary = "",
                      .open = [](const TargetOptions&) -> Result<std::unique_ptr<Store>> {
                        return io_error("no");
                      }};
  EXPECT_EQ(run(target, tiny(1), "fillseq").error().message, "no");
}

}  // namespace
}  // namespace strata::workload
