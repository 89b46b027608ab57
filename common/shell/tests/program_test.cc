// The program around the shell, from outside: command line, exit status, signals.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <csignal>

#include "pipe.h"
#include "shell/program.h"
#include "testing/child.h"

namespace strata::shell {
namespace {

using strata::testing::Ended;
using strata::testing::run_program_with;

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

Ended repl(const std::vector<std::string>& arguments, std::string_view input) {
  return run_program_with(STRATA_TEST_REPL, arguments, input);
}

TEST(Program, RunsThePipedCommands) {
  const Ended ended = repl({"--data=/tmp/x", "--sync", "never"}, "PUT a 1\nGET a\n");
  EXPECT_EQ(ended.out, "OK\n1\nShutting down...\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.status, 0);
}

TEST(Program, ExitsWithOneIfACommandFailed) {
  const Ended ended = repl({}, "GET a\nPUT a 1\n");
  EXPECT_EQ(ended.out, "Error: key not found\nOK\nShutting down...\n");
  EXPECT_EQ(ended.status, 1);
}

TEST(Program, HelpShowsTheOptionsAndAnExample) {
  const Ended ended = repl({"--help"}, "");
  for (const char* text : {"--data DIR", "--sync", "always|interval|never", "(default: always)",
                           "Example:\n  shell-test-repl --sync=never\n"})
    EXPECT_THAT(ended.out, HasSubstr(text));
  EXPECT_EQ(ended.status, 0);
}

TEST(Program, AWordThatStandsByItselfHasToBeGiven) {
  const Program program{.name = "copy",
                        .summary = "Copies.",
                        .example = "copy --how=fast there",
                        .options = {{"how", "WORD", "slow", "how fast"}},
                        .operands = {{"DEST", "where to"}}};
  const auto status = [&](std::vector<const char*> words) {
    words.insert(words.begin(), "copy");
    return run_program(static_cast<int>(words.size()), words.data(), program,
                       [](const OptionValues& values) -> Result<int> {
                         EXPECT_EQ(values.at("DEST"), "there");
                         return values.at("how") == "fast" ? 7 : 8;
                       });
  };
  EXPECT_EQ(status({"there"}), 8);
  EXPECT_EQ(status({"--how=fast", "there"}), 7);
  EXPECT_EQ(status({"there", "--how", "fast"}), 7);
  EXPECT_EQ(status({}), 2);
  EXPECT_EQ(status({"there", "too"}), 2);
}

TEST(Program, AWrongCommandLineIsOneLineAndStatusTwo) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--nonsense"},
                                                {"--sync=sometimes"},
                                                {"--sync"},
                                                {"--data="},
                                                {"--data=a", "--data=b"},
                                                {"surplus"},
                                                {"--sync=new\nline"}}) {
    const Ended ended = repl(wrong, "PUT a 1\n");
    EXPECT_THAT(ended.err, MatchesRegex("shell-test-repl: [^\n]+; see --help\n"));
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(ended.status, 2) << wrong[0];
  }
}

TEST(Program, AStoreThatDoesNotOpenIsOneLineAndStatusOne) {
  const Ended ended = repl({"--data", "/broken"}, "PUT a 1\n");
  EXPECT_EQ(ended.err, "shell-test-repl: cannot open /broken:\\x0ano such thing\n");
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.status, 1);
}

TEST(Program, ATaskNotYetWrittenIsAnErrorOfItsCommand) {
  const Ended ended = repl({}, "UNWRITTEN\nPUT a 1\n");
  EXPECT_THAT(ended.out, MatchesRegex("Error: task 1.2 is not written yet[^\n]*\nOK\nShut.*\n"));
}

TEST(Program, CrashKillsTheProcessBehindWhatItAnswered) {
  const Ended ended = repl({}, "PUT a 1\nCRASH\nPUT b 1\n");
  EXPECT_EQ(ended.out, "OK\n");
  EXPECT_EQ(ended.status, 128 + SIGKILL);
}

// Runs the program with its standard output on `fd`.
Ended repl_writing_to(int fd, const std::string& input) {
  const std::string command = "exec \"$1\" 1>&" + std::to_string(fd);
  return run_program_with("/bin/sh", {"-c", command, "sh", STRATA_TEST_REPL}, input);
}

TEST(Program, AFullDiskUnderItsOutputEndsIt) {
  const int full = ::open("/dev/full", O_WRONLY);
  const Ended ended = repl_writing_to(full, "PUT a 1\nPUT b 1\n");
  ::close(full);
  EXPECT_EQ(ended.err,
            "shell-test-repl: cannot write to standard output: No space left on device\n");
  EXPECT_EQ(ended.status, 1);
}

TEST(Program, AClosedPipeUnderItsOutputEndsItQuietly) {
  testing::Pipe pipe;
  pipe.close_read_end();
  const Ended ended = repl_writing_to(pipe.write_end(), "PUT a 1\nPUT b 1\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.status, 0);
}

}  // namespace
}  // namespace strata::shell
