// What a simulation counts, and that it counts the same each time it runs.
#include "compaction_sim/simulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compaction_sim/sim_report.h"
#include "compaction_sim/sim_settings.h"
#include "compaction_sim/sim_trace.h"
#include "testing/results.h"

namespace strata::compaction {
namespace {

using namespace std::chrono_literals;
using testing::FailsWith;
using ::testing::HasSubstr;

SimOptions small(StreamKind kind) {
  SimOptions options;
  options.stream = {.kind = kind, .keys = 2'000, .deletions = 10, .seed = 1};
  options.operations = 20'000;
  options.memtable_bytes = 10'000;
  options.every = 5'000;
  return options;
}

SimResult run(const SimOptions& options, std::string_view policy) {
  SimObserver nobody;
  return Simulator(options, *make_policy(policy, options.memtable_bytes), nobody).run();
}

std::string trace_of(const SimOptions& options) {
  const auto policy = make_policy("levelled", options.memtable_bytes);
  std::string text;
  SimTrace trace(policy->name(), [&](std::string_view line) { text += line; });
  Simulator(options, *policy, trace).run();
  return text;
}

class SimulatorTest : public ::testing::TestWithParam<std::string_view> {};

TEST_P(SimulatorTest, TellsTheSameStoryEachTime) {
  for (const auto kind : {StreamKind::kUniform, StreamKind::kSequential, StreamKind::kZipfian}) {
    const SimResult once = run(small(kind), GetParam());
    const SimResult again = run(small(kind), GetParam());
    EXPECT_EQ(levels_text("", once), levels_text("", again));
    EXPECT_EQ(figures_text(std::vector<NamedFigures>{{"", once.figures}}),
              figures_text(std::vector<NamedFigures>{{"", again.figures}}));
  }
}

TEST_P(SimulatorTest, LeavesATreeInOrder) {
  for (const auto kind : {StreamKind::kUniform, StreamKind::kSequential, StreamKind::kZipfian}) {
    SimObserver nobody;
    const auto policy = make_policy(GetParam(), 10'000);
    Simulator simulator(small(kind), *policy, nobody);
    const SimFigures figures = simulator.run().figures;
    simulator.tree().check_invariants();
    EXPECT_GE(figures.write_amplification, 1);
    EXPECT_GE(figures.space_amplification, 1);
    EXPECT_GE(figures.peak_space, 1);
    EXPECT_LE(figures.tables_asked_filtered, figures.tables_asked);
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, SimulatorTest, ::testing::Values("levelled", "tiered", "never"));

TEST(Simulator, NeverWritesOnceAndKeepsAll) {
  const SimFigures figures = run(small(StreamKind::kUniform), "never").figures;
  EXPECT_DOUBLE_EQ(figures.write_amplification, 1);
  EXPECT_GT(figures.space_amplification, 3);
  EXPECT_EQ(figures.stalled, 0ns);
  EXPECT_EQ(figures.compactions, 0u);
}

TEST(Simulator, LevelledReadsAndWastesLeastAndTieredWritesLess) {
  const SimFigures levelled = run(small(StreamKind::kUniform), "levelled").figures;
  const SimFigures tiered = run(small(StreamKind::kUniform), "tiered").figures;
  EXPECT_LT(levelled.space_amplification, 1.8);
  EXPECT_LT(levelled.space_amplification, tiered.space_amplification);
  EXPECT_LT(levelled.tables_asked, tiered.tables_asked);
  EXPECT_LT(tiered.write_amplification, levelled.write_amplification);
}

TEST(Simulator, KeysInOrderAreMovedAndNotMerged) {
  SimOptions options = small(StreamKind::kSequential);
  options.stream.keys = 20'000;  // once each
  options.stream.deletions = 0;
  const SimFigures figures = run(options, "levelled").figures;
  EXPECT_DOUBLE_EQ(figures.write_amplification, 1);
  EXPECT_EQ(figures.compactions, 0u);
  EXPECT_GT(figures.moves, 100u);
}

TEST(Simulator, WritesWaitForSlowCompactions) {
  SimOptions options = small(StreamKind::kUniform);
  const SimFigures fast = run(options, "levelled").figures;
  EXPECT_EQ(fast.stalled, 0ns);
  options.compaction_bandwidth = options.write_bandwidth;
  const SimFigures slow = run(options, "levelled").figures;
  EXPECT_GT(slow.stalled, 0ns);
  EXPECT_EQ(slow.time - slow.stalled, fast.time);
  options.compaction_bandwidth = 200'000'000;
  options.stop_debt = 1;
  EXPECT_GT(run(options, "levelled").figures.stalled, 0ns) << "each debt stops the writers";
}

TEST(Simulator, SamplesTheLevelsAsTheyGrow) {
  const SimResult result = run(small(StreamKind::kUniform), "levelled");
  ASSERT_EQ(result.samples.size(), 4u);
  EXPECT_EQ(result.samples.back().operations, 20'000u);
  EXPECT_EQ(result.samples.back().time, result.figures.time);
  EXPECT_GT(result.samples.back().levels[lsm::kLevels - 1].bytes, 100'000u);
}

bool tells(const std::string& trace, std::string_view event) {
  return trace.find("\"event\": \"" + std::string(event) + "\"") != std::string::npos;
}

TEST(SimTrace, NamesTablesAndCompactions) {
  const std::string trace = trace_of(small(StreamKind::kUniform));
  EXPECT_TRUE(trace == trace_of(small(StreamKind::kUniform)));
  for (const char* event : {"levels_opened", "flush_finished", "compaction_begun", "table_written",
                            "compaction_finished"})
    EXPECT_TRUE(tells(trace, event)) << event;
  EXPECT_TRUE(tells(trace_of(small(StreamKind::kSequential)), "table_moved"));
}

Result<SimSettings> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "week03-compaction-sim");
  return parse_sim_settings(static_cast<int>(words.size()), words.data());
}

TEST(SimSettings, UnderstandsItsExamples) {
  EXPECT_EQ(parse({}).value().policies, (std::vector<std::string>{"levelled"}));
  const SimSettings settings =
      parse({"--policy=all", "--stream=zipfian", "--compaction-bandwidth=60"}).value();
  EXPECT_EQ(settings.policies.size(), 3u);
  EXPECT_EQ(settings.options.stream.kind, StreamKind::kZipfian);
  EXPECT_EQ(settings.options.compaction_bandwidth, 60'000'000u);
  EXPECT_EQ(parse({"--policy=tiered", "--policy=never"}).value().policies.size(), 2u);
  EXPECT_TRUE(parse({"--help"}).value().help);
  EXPECT_THAT(sim_help_text(), HasSubstr("--json"));
}

TEST(SimSettings, RefusesWrongWords) {
  for (const char* word : {"--policy=best", "--stream=odd", "--keys=0", "--deletions=101", "word",
                           "--nothing", "--every=0"}) {
    const auto settings = parse({word});
    ASSERT_THAT(settings, FailsWith(ErrorCode::kInvalidArgument)) << word;
    EXPECT_EQ(settings.error().message.find('\n'), std::string::npos) << word;
  }
  EXPECT_THAT(parse({"--policy=all", "--json=t"}), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace strata::compaction
