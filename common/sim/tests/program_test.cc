// The program of a subject, called as main() calls it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "counting_world.h"
#include "sim/program.h"
#include "testing/temporary_directory.h"

namespace strata::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SimProgram : public ::testing::Test {
 protected:
  struct Ran {
    int status;
    std::string out;
    std::string err;
  };

  static int status_of(std::vector<std::string> words, CountingBugs bugs) {
    words.insert(words.begin(), "sim_test");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    return run_program(static_cast<int>(arguments.size()), arguments.data(), "sim_test",
                       counting(bugs));
  }
  static Ran run(std::vector<std::string> words, CountingBugs bugs = {}) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int status = status_of(std::move(words), bugs);
    return {status, ::testing::internal::GetCapturedStdout(),
            ::testing::internal::GetCapturedStderr()};
  }
  std::string file(const std::string& name, const std::string& content) const {
    const std::string path = directory_.path() / name;
    std::ofstream(path) << content;
    return path;
  }

  const testing::TemporaryDirectory directory_;
};

TEST_F(SimProgram, CountsWhatHasHappened) {
  const Ran ran = run({"--seeds", "1..30"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("asked again"));
  EXPECT_THAT(ran.out, HasSubstr("30 worlds, 0 broken"));
  EXPECT_THAT(ran.out, HasSubstr("fingerprint "));
}

TEST_F(SimProgram, SaysHowToRunABrokenWorldAgainAndMakesItSmall) {
  const Ran ran = run({"--seeds", "1..30"}, {.forgets = true});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("breaks \"counted once\""));
  const auto script = ran.out.find("\n\nseed ");
  ASSERT_NE(script, std::string::npos) << ran.out;
  const std::string text = ran.out.substr(script, ran.out.find("\n\n", script + 2) - script);
  EXPECT_EQ(run({"--script", file("script", text)}, {.forgets = true}).status, 1);
  EXPECT_EQ(run({"--script", file("script", text)}).status, 0) << "without the bug";
  const auto again = ran.out.find("again: sim_test ");
  ASSERT_NE(again, std::string::npos);
  std::istringstream words(ran.out.substr(again + 16, ran.out.find('\n', again) - again - 16));
  std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
  EXPECT_EQ(run(arguments, {.forgets = true}).status, 1);
}

TEST_F(SimProgram, AnAssertionIsToldWithItsWorld) {
  EXPECT_DEATH(status_of({"--seeds", "1..9"}, {.aborts = true}),
               "assertion failed.*\n  again: sim_test --seed [1-9]");
}

TEST_F(SimProgram, LeavesOutFaults) {
  EXPECT_THAT(run({"--seeds", "1..30", "--faults", "none"}).out,
              HasSubstr("crash                             0"));
  EXPECT_THAT(run({"--seeds", "1..30", "--faults", "crash"}).out,
              Not(HasSubstr("crash                             0")));
  EXPECT_EQ(run({"--seeds", "1..30", "--faults", "cut"}, {.forgets = true}).status, 0)
      << "it takes a crash";
}

TEST_F(SimProgram, WritesOneWorldForTheViewer) {
  const std::string trace = directory_.path() / "trace.jsonl";
  EXPECT_EQ(run({"--seed", "3", "--trace", trace}).status, 0);
  std::string first;
  std::getline(std::ifstream(trace) >> std::ws, first);
  EXPECT_EQ(first, R"({"strata_trace": 1, "program": "sim_test"})");
}

TEST_F(SimProgram, RefusesWhatCannotBeMeant) {
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"--seed", "x"}, "x is no number"},
      {{"--seed", "-1"}, "-1 is no number"},
      {{"--seeds", "5"}, "--seeds wants A..B"},
      {{"--seeds", "5..1"}, "the first is the larger"},
      {{"--seed", "1", "--seeds", "1..2"}, "exclude one another"},
      {{"--faults", "flood"}, "flood is no fault of counting"},
      {{"--trace", "t"}, "say --seed S"},
      {{"hello"}, "hello is no option"},
      {{"--script", "/no/such/file"}, "/no/such/file"},
      {{"--script", file("unknown", "at 1s c9 asks\n")}, "there is no client c9"},
      {{"--script", file("back", "at 2s c1 asks\nat 1s c1 asks\n")}, "its time goes back"},
  };
  for (const auto& [words, why] : wrong) {
    const Ran ran = run(words);
    EXPECT_EQ(ran.status, 2) << why;
    EXPECT_THAT(ran.err, HasSubstr(why));
  }
}

TEST_F(SimProgram, ExplainsItself) {
  const Ran ran = run({"--help"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("at TIME cN asks"));
  EXPECT_THAT(ran.out, HasSubstr("--faults"));
}

}  // namespace
}  // namespace strata::sim
