// The shell on a real pseudo-terminal: prompt, editing, history, completion, Ctrl-C.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "testing/child.h"
#include "testing/temporary_directory.h"

namespace strata::shell {
namespace {

using strata::testing::TerminalChild;

constexpr std::string_view kUp = "\x1b[A";
constexpr std::string_view kControlC = "\x03";
constexpr std::string_view kControlD = "\x04";

class Terminal : public ::testing::Test {
 protected:
  std::map<std::string, std::string> environment() const {
    return {{"HOME", home_}, {"XDG_STATE_HOME", ""}, {"TERM", "xterm"}, {"LC_ALL", "C.UTF-8"}};
  }
  std::string history_path() const { return home_ + "/.local/state/strata/history"; }

  const strata::testing::TemporaryDirectory directory_;
  const std::string home_ = directory_.path();
};

TEST_F(Terminal, GreetsPromptsAnswersAndSaysGoodbye) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  ASSERT_TRUE(child.sees("HELP lists the commands.") && child.sees("> "));
  child.type("PUT name Zo\xc3\xab\r");
  ASSERT_TRUE(child.sees("OK") && child.sees("> "));
  child.type("GET name\r");
  ASSERT_TRUE(child.sees("\nZo\xc3\xab") && child.sees("> "));
  child.type(kControlD);
  ASSERT_TRUE(child.sees("Shutting down..."));
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(Terminal, CommandsTypedAheadAreRunInOrder) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  child.type("PUT k 1\rGET k\rQUIT\r");
  ASSERT_TRUE(child.sees("OK") && child.sees("\n1") && child.sees("Shutting down..."));
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(Terminal, ControlDTypedAheadEndsIt) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  child.type(kControlD);  // most likely before the program has started
  ASSERT_TRUE(child.sees("Shutting down..."));
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(Terminal, AFailedCommandDoesNotChangeTheExitStatus) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  ASSERT_TRUE(child.sees("> "));
  child.type("GET nobody\r");
  ASSERT_TRUE(child.sees("Error: key not found") && child.sees("> "));
  child.type("quit\r");
  ASSERT_TRUE(child.sees("Shutting down..."));
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(Terminal, UpArrowBringsTheLastLineBack) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  ASSERT_TRUE(child.sees("> "));
  child.type("PUT k first\r");
  ASSERT_TRUE(child.sees("OK") && child.sees("> "));
  child.type("GET k\r");
  ASSERT_TRUE(child.sees("\nfirst") && child.sees("> "));
  child.type(std::string(kUp) + "\r");
  ASSERT_TRUE(child.sees("GET k") && child.sees("\nfirst") && child.sees("> "));
}

TEST_F(Terminal, HistoryOutlivesTheProgramEvenItsCrash) {
  {
    TerminalChild child(STRATA_TEST_REPL, environment());
    ASSERT_TRUE(child.sees("> "));
    child.type("SCAN nothing* LIMIT 3\r");
    ASSERT_TRUE(child.sees("(0 keys)") && child.sees("> "));
    child.type("CRASH\r");
    EXPECT_EQ(child.wait(), 128 + SIGKILL);
  }
  ASSERT_TRUE(std::filesystem::exists(history_path()));
  TerminalChild child(STRATA_TEST_REPL, environment());
  ASSERT_TRUE(child.sees("> "));
  child.type(std::string(kUp) + std::string(kUp) + "\r");
  EXPECT_TRUE(child.sees("SCAN nothing* LIMIT 3") && child.sees("(0 keys)"));
}

TEST_F(Terminal, HistoryGoesToTheStateHomeAndNowhereWithoutAHome) {
  auto variables = environment();
  variables["XDG_STATE_HOME"] = home_ + "/state";
  {
    TerminalChild child(STRATA_TEST_REPL, variables);
    ASSERT_TRUE(child.sees("> "));
    child.type("STATS\r");
    ASSERT_TRUE(child.sees("num_keys: 0") && child.sees("> "));
  }
  EXPECT_TRUE(std::filesystem::exists(home_ + "/state/strata/history"));
  variables["XDG_STATE_HOME"] = variables["HOME"] = "";
  TerminalChild child(STRATA_TEST_REPL, variables);
  ASSERT_TRUE(child.sees("> "));
  child.type("STATS\r");
  EXPECT_TRUE(child.sees("num_keys: 0") && child.sees("> "));
}

TEST_F(Terminal, TabCompletesAVerbInAnyCase) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  ASSERT_TRUE(child.sees("> "));
  child.type("sta\t\r");
  EXPECT_TRUE(child.sees("STATS") && child.sees("Statistics:") && child.sees("> "));
  child.type("help del\t\r");
  EXPECT_TRUE(child.sees("DELETE <key>") && child.sees("> "));
}

TEST_F(Terminal, TabShowsTheVerbsThereAreToChooseFrom) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  ASSERT_TRUE(child.sees("> "));
  child.type("c\t");
  ASSERT_TRUE(child.sees("COMMIT  CRASH") && child.sees("> "));
  child.type("om\t\r");
  EXPECT_TRUE(child.sees("Error: no batch is open"));
}

TEST_F(Terminal, ControlCEndsTheProgramBySigint) {
  TerminalChild child(STRATA_TEST_REPL, environment());
  ASSERT_TRUE(child.sees("> "));
  child.type("PUT half a comm");
  ASSERT_TRUE(child.sees("half a comm"));
  child.type(kControlC);
  EXPECT_EQ(child.wait(), 128 + SIGINT);
}

}  // namespace
}  // namespace strata::shell
