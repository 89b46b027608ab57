// The whole shell over a store in memory, through real pipes.
#include "shell/shell.h"

#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "pipe.h"
#include "shell/pipe_reader.h"
#include "store/memory_store.h"

namespace strata::shell {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using testing::Pipe;
using ::testing::StartsWith;

constexpr std::string_view kGoodbye = "Shutting down...\n";

struct Answer {
  std::string text;  // without the last line, "Shutting down..."
  int status;
};

class ShellTest : public ::testing::Test {
 protected:
  ShellTest() { std::signal(SIGPIPE, SIG_IGN); }

  Answer run(std::string_view input) {
    Pipe in, replies;
    std::string text;
    int status = -1;
    {
      const std::jthread feeder([&] {
        in.write(input);
        in.close_write_end();
      });
      const std::jthread reader([&] { text = replies.read_all(); });
      Shell shell(store_);
      Output out(replies.write_end());
      PipeReader lines(in.read_end());
      const auto ended = shell.run(lines, out);
      EXPECT_TRUE(ended);
      status = ended.value_or(-1);
      replies.close_write_end();
    }
    EXPECT_TRUE(text.ends_with(kGoodbye));
    text.resize(text.size() - std::min(text.size(), kGoodbye.size()));
    return {text, status};
  }

  void expect_ok(std::string_view input, std::string_view reply) {
    const Answer answer = run(input);
    EXPECT_EQ(answer.text, reply);
    EXPECT_EQ(answer.status, 0);
  }

  // Expects one line of error that starts like this, and the exit status of a failure.
  void expect_error(std::string_view input, const std::string& start) {
    const Answer answer = run(input);
    EXPECT_THAT(answer.text, StartsWith("Error: " + start));
    EXPECT_EQ(std::ranges::count(answer.text, '\n'), 1) << answer.text;
    EXPECT_EQ(answer.status, 1);
  }

  std::string value_of(std::string_view key) {
    return store_.get(key).value().value_or("(no value)");
  }

  MemoryStore store_;
};

TEST_F(ShellTest, SpeaksTheTranscriptOfTheDesign) {
  const Answer answer =
      run("PUT user:1 {\"name\": \"Ada\", \"age\": 36}\n"
          "GET user:1\n"
          "DELETE user:1\n"
          "GET user:1\n"
          "put user:2 two words\n"
          "SCAN user:* LIMIT 10\n"
          "STATS\n"
          "QUIT\n"
          "PUT never reached\n");
  EXPECT_EQ(answer.text,
            "OK\n"
            "{\"name\": \"Ada\", \"age\": 36}\n"
            "OK\n"
            "Error: key not found\n"
            "OK\n"
            "user:2\ttwo words\n"
            "(1 key)\n"
            "Statistics:\n"
            "  num_keys: 1\n"
            "  live_bytes: 15\n");
  EXPECT_EQ(answer.status, 1) << "GET failed";
  EXPECT_EQ(value_of("never"), "(no value)");
}

TEST_F(ShellTest, AnswersEachCommandBeforeTheNextIsSent) {
  Pipe in, replies;
  Shell shell(store_);
  const std::jthread runner([&] {
    Output out(replies.write_end());
    PipeReader lines(in.read_end());
    EXPECT_EQ(shell.run(lines, out), 0);
  });
  in.write("PUT a 1\n");
  EXPECT_EQ(replies.read_line(), "OK\n");
  in.write("GET a\n");
  EXPECT_EQ(replies.read_line(), "1\n");
  in.close_write_end();
  EXPECT_EQ(replies.read_line(), kGoodbye);
}

TEST_F(ShellTest, EmptyLinesAndCommentsAreSilent) {
  expect_ok("\n  \n# PUT a 1\n\t# x\nPUT a 1\n", "OK\n");
}

TEST_F(ShellTest, TheLastLineNeedsNoNewline) {
  expect_ok("PUT a 1", "OK\n");
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(ShellTest, AnyBytesGoInAndComeOut) {
  expect_ok("PUT \"a \\x00\" \"line\\nbreak \\xff\"\nGET \"a \\x00\"\nSCAN\n",
            "OK\n\"line\\x0abreak \\xff\"\n\"a \\x00\"\t\"line\\x0abreak \\xff\"\n(1 key)\n");
  EXPECT_EQ(value_of("a \0"s), "line\nbreak \xff");
}

TEST_F(ShellTest, NulBytesInALineAreBytesLikeOthers) {
  expect_ok("PUT a\0b c\0d\nGET a\0b\n"s, "OK\n\"c\\x00d\"\n");
  expect_error("G\0T a\n"s, R"(unknown command 'G\x00T')");
}

TEST_F(ShellTest, AnEmptyValueIsWrittenAsTwoQuotes) {
  expect_ok("PUT a \"\"\nGET a\n", "OK\n\n");
  expect_error("PUT a \n", "usage: PUT <key> <value>");
}

TEST_F(ShellTest, DeletingWhatIsNotThereIsOk) { expect_ok("DELETE a\n", "OK\n"); }

TEST_F(ShellTest, ScansRanges) {
  run("PUT a 1\nPUT b 2\nPUT ba 3\nPUT c 4\n");
  expect_ok("SCAN\n", "a\t1\nb\t2\nba\t3\nc\t4\n(4 keys)\n");
  expect_ok("SCAN *\n", "a\t1\nb\t2\nba\t3\nc\t4\n(4 keys)\n");
  expect_ok("SCAN b\n", "b\t2\nba\t3\nc\t4\n(3 keys)\n");
  expect_ok("SCAN a c\n", "a\t1\nb\t2\nba\t3\n(3 keys)\n");
  expect_ok("SCAN c a\n", "(0 keys)\n");
  expect_ok("SCAN b*\n", "b\t2\nba\t3\n(2 keys)\n");
  expect_ok("SCAN \"\\x62*\"\n", "b\t2\nba\t3\n(2 keys)\n");
  expect_ok("SCAN \"b\\x2a\"\n", "ba\t3\nc\t4\n(2 keys)\n");
  expect_ok("scan reverse limit 1\n", "c\t4\n(1 key)\n");
  expect_ok("SCAN b* LIMIT 1 REVERSE\n", "ba\t3\n(1 key)\n");
  expect_ok("SCAN * LIMIT 0\n", "(0 keys)\n");
  expect_ok("SCAN \"REVERSE\" \"b\"\n", "a\t1\n(1 key)\n");
}

TEST_F(ShellTest, RefusesScansThatMakeNoSense) {
  for (const char* line : {"SCAN LIMIT abc", "SCAN LIMIT -1", "SCAN LIMIT 1x", "SCAN LIMIT \"\"",
                           "SCAN LIMIT 99999999999999999999"})
    expect_error(line, "LIMIT takes a whole number");
  for (const char* line : {"SCAN a b c", "SCAN LIMIT", "SCAN a LIMIT 1 b", "SCAN a b LIMIT 1 x y"})
    expect_error(line, "usage: SCAN");
}

TEST_F(ShellTest, RefusesWhatItDoesNotKnow) {
  expect_error("FOO a b\n", "unknown command 'FOO'; HELP lists the commands");
  expect_error(std::string(1000, 'F') + "\n", "unknown command 'FFFF");
  expect_error("HELP FOO\n", "unknown command 'FOO'");
}

TEST_F(ShellTest, RefusesMissingAndSurplusArguments) {
  expect_error("PUT\n", "usage: PUT <key> <value>");
  expect_error("PUT a\n", "usage: PUT <key> <value>");
  expect_error("GET\n", "usage: GET <key>");
  expect_error("GET a b\n", "usage: GET <key>");
  expect_error("DELETE\n", "usage: DELETE <key>");
  expect_error("STATS now\n", "usage: STATS");
}

TEST_F(ShellTest, RefusesBadQuotes) {
  expect_error("GET \"abc\n", "column 5: this quote is never closed");
  expect_error("PUT \"a\"b c\n", "column 8: text touches the closing quote");
  expect_error("PUT k \"\\xzz\"\n", "column 8: \\x needs two hexadecimal digits");
}

TEST_F(ShellTest, RefusesKeysAndValuesPastTheLimits) {
  expect_error("PUT \"\" x\n", "the key is empty");
  expect_error("PUT " + std::string(kMaxKeySize + 1, 'k') + " x\n", "the key has 65537 bytes");
  expect_error("PUT k " + std::string(kMaxValueSize + 1, 'v') + "\n", "the value has 16777217");
  EXPECT_EQ(store_.key_count(), 0u);
}

TEST_F(ShellTest, TakesTheLargestKeyAndValueFullyEscaped) {
  std::string value;
  for (std::size_t i = 0; i < kMaxValueSize; ++i) value += "\\x00";
  const std::string key(kMaxKeySize, 'k');
  expect_ok("PUT " + key + " \"" + value + "\"\n", "OK\n");
  EXPECT_EQ(value_of(key), std::string(kMaxValueSize, '\0'));
}

TEST_F(ShellTest, SkipsALineThatIsTooLongAndGoesOn) {
  const Answer answer = run("PUT a " + std::string(kMaxLineSize, 'x') + "\nPUT b 1\n");
  EXPECT_EQ(answer.text, "Error: line too long: 68157440 bytes are allowed; it was skipped\nOK\n");
  EXPECT_EQ(answer.status, 1);
  EXPECT_EQ(store_.key_count(), 1u);
}

TEST_F(ShellTest, HelpNamesEveryVerb) {
  const Answer answer = run("HELP\n");
  for (const std::string& name : Shell(store_).verb_names())
    EXPECT_THAT("\n" + answer.text, HasSubstr("\n" + name));
  expect_ok("help get\n", "GET <key>\n  prints the value of the key\n");
}

TEST_F(ShellTest, AnAddedVerbIsRunWithItsArguments) {
  Pipe replies;
  Shell shell(store_);
  Output out(replies.write_end());
  shell.add_verb({.name = "ECHO",
                  .usage = "ECHO <word>",
                  .help = "says it",
                  .min_arguments = 1,
                  .max_arguments = 1,
                  .run = [](const Arguments& words, Output& to) -> Result<void> {
                    to.line(words[0].text);
                    return {};
                  }});
  ASSERT_TRUE(shell.execute("echo \"a b\"", out));
  ASSERT_TRUE(out.flush());
  EXPECT_EQ(replies.read_line(), "a b\n");
  EXPECT_EQ(shell.execute("ECHO", out).error().message, "usage: ECHO <word>");
}

TEST_F(ShellTest, AReaderWhoLeavesEndsTheShellQuietly) {
  Pipe in, replies;
  in.write("PUT a 1\nPUT b 2\n");
  replies.close_read_end();
  Shell shell(store_);
  Output out(replies.write_end());
  PipeReader lines(in.read_end());
  EXPECT_EQ(shell.run(lines, out), 0);
  EXPECT_EQ(value_of("b"), "(no value)");
}

TEST_F(ShellTest, BrokenInputIsAnErrorOfTheProgram) {
  Pipe replies;
  Shell shell(store_);
  Output out(replies.write_end());
  PipeReader lines(-1);
  EXPECT_FALSE(shell.run(lines, out));
}

}  // namespace
}  // namespace strata::shell
