// What those are told who watch a world.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "counting_world.h"
#include "sim/recording.h"
#include "sim/runner.h"
#include "sim/shiviz_log.h"
#include "sim/swarm.h"
#include "sim/viewer_trace.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::sim {
namespace {

using strata::testing::FailsWith;
using strata::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// The number behind `"name": `; 0: there is none.
std::uint64_t number_in(std::string_view line, std::string_view name) {
  const auto at = line.find(fmt::format("\"{}\": ", name));
  return at == line.npos ? 0 : std::strtoull(&line[at + name.size() + 4], nullptr, 10);
}

TEST(SimViewerTrace, TellsAStory) {
  const Subject subject = counting({});
  const Plan plan =
      complete(parse_plan("seed 1\nat 10ms c1 asks\nat 500ms crash\n").value(), subject).value();
  std::string text;
  ViewerTrace trace("sim_test", [&](std::string_view line) { text += line; });
  const Outcome watched = run(subject, plan, trace);
  const auto lines = lines_of(text);
  ASSERT_GT(lines.size(), 6u);
  EXPECT_EQ(lines[0], R"({"strata_trace": 1, "program": "sim_test"})");
  EXPECT_EQ(lines[1], R"({"at": 0, "event": "world", "subject": "counting", "seed": 1})");
  EXPECT_EQ(lines[2], R"({"at": 0, "event": "lane", "lane": "n1", "kind": "node"})");
  EXPECT_EQ(lines[3], R"({"at": 0, "event": "lane", "lane": "c1", "kind": "client"})");
  EXPECT_THAT(text, HasSubstr(R"({"at": 500000, "event": "fault", "lane": "", "what": "crash"})"));
  EXPECT_EQ(lines.back(), R"({"at": 1000000, "event": "healed"})");
  EXPECT_EQ(run(subject, plan).fingerprint, watched.fingerprint) << "watching changes nothing";
}

// In every world: who is sent comes or is lost, once, and time does not go back.
TEST(SimViewerTrace, NoMessageIsForgotten) {
  const Subject subject = counting({});
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::multiset<std::uint64_t> sent;
    std::multiset<std::uint64_t> ended;
    std::uint64_t time = 0;
    ViewerTrace trace("sim_test", [&](std::string_view line) {
      if (line.contains("\"sent\"")) sent.insert(number_in(line, "message"));
      if (line.contains("\"arrived\"") || line.contains("\"lost\""))
        ended.insert(number_in(line, "message"));
      EXPECT_GE(number_in(line, "at"), time);
      time = number_in(line, "at");
    });
    run(subject, draw_plan(subject, seed), trace);
    EXPECT_EQ(sent, ended);
    EXPECT_EQ(std::set<std::uint64_t>(sent.begin(), sent.end()).size(), sent.size());
  }
}

TEST(SimViewerTrace, EndsWithWhatIsBroken) {
  const Subject subject = counting({.never_heals = true});
  const Plan plan = complete(parse_plan("at 1ms cut\nat 2ms c1 asks\n").value(), subject).value();
  std::string text;
  ViewerTrace trace("sim_test", [&](std::string_view line) { text += line; });
  ASSERT_TRUE(run(subject, plan, trace).breach.has_value());
  EXPECT_THAT(lines_of(text).back(),
              AllOf(HasSubstr("\"broken\""), HasSubstr("\"invariant\": \"liveness\"")));
}

// What ShiViz reads: pairs of lines. An event's clock has what led to it.
TEST(SimShivizLog, HasTheCausalOrder) {
  std::string text;
  ShivizLog log([&](std::string_view lines) { text += lines; });
  env::SimulatedClock clock;
  log.begin(clock, "a world", 1);
  log.lane("n1", "node");
  log.called("c1", 1, "put k1");
  log.sent(1, "c1", "n1", "put k1", 20);
  log.sent(2, "c1", "n1", "again", 20);
  log.lost(2, "cut");
  log.arrived(1);
  log.state("n1", "down", "its power was cut");
  log.returned("c1", 1, "unknown", "");
  log.arrived(2);  // it cannot: it was lost
  EXPECT_THAT(lines_of(text), ElementsAre("(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)", "",    //
                                          "c1 {\"c1\":1}", "asks for put k1",                   //
                                          "c1 {\"c1\":2}", "sends \"put k1\" to n1",            //
                                          "c1 {\"c1\":3}", "sends \"again\" to n1",             //
                                          "n1 {\"c1\":2,\"n1\":1}", "gets \"put k1\" from c1",  //
                                          "n1 {\"c1\":2,\"n1\":2}", "down: its power was cut",  //
                                          "c1 {\"c1\":4}", "unknown"));
}

TEST(SimRecording, ReplacesNoFileOfAnotherKind) {
  const testing::TemporaryDirectory directory;
  const Subject subject = counting({});
  const Plan plan = draw_plan(subject, 1);
  const std::string trace = directory.path() / "trace.jsonl";
  const std::string shiviz = directory.path() / "shiviz.log";
  const Recordings both{.trace = trace, .history = {}, .shiviz = shiviz};
  EXPECT_THAT(write_recordings(subject, plan, "sim_test", both), IsOk());
  EXPECT_THAT(write_recordings(subject, plan, "sim_test", both), IsOk()) << "its own it may";
  const Recordings swapped{.trace = shiviz, .history = {}, .shiviz = {}};
  EXPECT_THAT(write_recordings(subject, plan, "sim_test", swapped),
              FailsWith(ErrorCode::kConflict));
  const Recordings nowhere{.trace = directory.path() / "no" / "t", .history = {}, .shiviz = {}};
  EXPECT_THAT(write_recordings(subject, plan, "sim_test", nowhere), FailsWith(ErrorCode::kIo));
}

}  // namespace
}  // namespace strata::sim
