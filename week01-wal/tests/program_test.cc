// The shell of week 1 as a program: killed, misused, and watched by strace.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "testing/child.h"
#include "testing/kill_loop.h"
#include "testing/sanitizers.h"
#include "testing/small_disk.h"
#include "testing/sync_trace.h"
#include "testing/temporary_directory.h"
#include "testing/unprivileged.h"

namespace strata::wal {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using testing::Ended;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::PipedChild;
using ::testing::StartsWith;

class Program : public ::testing::Test {
 protected:
  Ended run(std::string_view input, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--data", data_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Ended ended = testing::run_program_with(STRATA_WEEK01_REPL, arguments, input);
    // Shown in the message of a failed test.
    std::cout << ended.err;
    return ended;
  }
  const testing::TemporaryDirectory directory_;
  const std::string data_ = (directory_.path() / "store").string();
};

TEST_F(Program, DoesWhatTheDesignShows) {
  const Ended ended =
      run("PUT user:1 {\"name\": \"Ada\", \"age\": 36}\nget user:1\nDELETE user:1\nGET user:1\n"
          "PUT user:2 two words\nSCAN user:* LIMIT 10\nQUIT\n");
  EXPECT_EQ(ended.out,
            "OK\n{\"name\": \"Ada\", \"age\": 36}\nOK\nError: key not found\nOK\n"
            "user:2\ttwo words\n(1 key)\nShutting down...\n")
      << ended.err;
  EXPECT_EQ(ended.status, 1);
}

TEST_F(Program, KeepsEverythingOverCrashAndCheckpoint) {
  EXPECT_EQ(run("PUT a 1\nPUT b 2\nCRASH\n").status, 128 + SIGKILL);
  EXPECT_EQ(run("GET a\nCHECKPOINT\nPUT c 3\nCRASH\n").out, "1\nOK\nOK\n");
  const Ended last = run("SCAN\n");
  EXPECT_EQ(last.out, "a\t1\nb\t2\nc\t3\n(3 keys)\nShutting down...\n") << last.err;
  EXPECT_EQ(last.status, 0);
}

TEST_F(Program, ShowsTheTailOfTheLog) {
  const Ended ended = run("PUT key value\nDUMP 1\n");
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("op_type           1  PUT"), HasSubstr("key"), HasSubstr("clean, ")))
      << ended.err;
}

TEST_F(Program, WhatItSaysNeverLandsInAFileOfItsStore) {
  run("PUT kept before\n");
  for (const std::string closed : {">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"}) {
    const Ended ended = testing::run_program_with(
        "/bin/sh", {"-c", R"(exec "$0" --data "$1" )" + closed, STRATA_WEEK01_REPL, data_},
        "PUT a 1\nGET nothing\nNONSENSE\n");
    EXPECT_EQ(ended.status, 1) << closed;
    EXPECT_EQ(std::filesystem::file_size(data_ + "/LOCK"), 0u) << closed;
    EXPECT_THAT(run("GET kept\n").out, HasSubstr("before\n")) << closed;
  }
  EXPECT_THAT(run("GET a\n").out, HasSubstr("1\n"));
}

TEST_F(Program, CutsThePowerOfASimulatedDiskOnly) {
  EXPECT_THAT(run("POWERCUT lost\n").out, HasSubstr("only the power of --disk=simulated"));
}

TEST_F(Program, LosesUnsyncedWritesOnlyWhereItWasToldSo) {
  const std::string script = "PUT a 1\nPOWERCUT lost\nGET a\n";
  EXPECT_THAT(run(script, {"--disk=simulated", "--sync=never"}).out, HasSubstr("key not found"));
  const Ended always = run(script, {"--disk=simulated"});
  EXPECT_THAT(always.out, HasSubstr("\n1\n")) << always.err;
}

// S7 in common/docs/reliability.md. Some kills happen during a checkpoint, some when a new segment
// is created.
TEST_F(Program, LosesNothingAcknowledgedWhenItIsKilled) {
  testing::kill_again_and_again(STRATA_WEEK01_REPL, {"--data", data_}, "CHECKPOINT");
}

// The program sends no reply before the fdatasync for that write has returned.
TEST_F(Program, AnswersOnlyAfterTheSync) {
  testing::expect_answers_after_syncs(STRATA_WEEK01_REPL, data_);
}

TEST_F(Program, RefusesASecondProcess) {
  PipedChild first(STRATA_WEEK01_REPL, {"--data", data_});
  ASSERT_TRUE(first.write("PUT a 1\n"));
  ASSERT_EQ(first.read_line(), "OK");
  const Ended second = run("GET a\n");
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr("in use by another process"));
  first.close_input();
  EXPECT_EQ(first.wait(), 0);
}

TEST_F(Program, RefusesAPathThatIsAFile) {
  ASSERT_EQ(run("PUT a 1\n").out, "OK\nShutting down...\n");
  const Ended ended =
      testing::run_program_with(STRATA_WEEK01_REPL, {"--data", data_ + "/STORE"}, "");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("is a file, not a directory"));
}

TEST_F(Program, RefusesAForeignDirectoryAndLeavesItAlone) {
  ASSERT_EQ(run("PUT a 1\n").out, "OK\nShutting down...\n");
  const auto foreign = directory_.path() / "foreign";
  std::filesystem::create_directory(foreign);
  std::ofstream(foreign / "thesis.txt") << "not ours";
  const Ended ended =
      testing::run_program_with(STRATA_WEEK01_REPL, {"--data", foreign.string()}, "");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("not a Strata store"), HasSubstr("thesis.txt")));
  EXPECT_FALSE(std::filesystem::exists(foreign / "LOCK"));
}

TEST_F(Program, OnlyReadsAReadOnlyDirectory) {
  const testing::Unprivileged user;
  const testing::TemporaryDirectory home;
  // Run a copy, because another user may not be allowed to read the build directory.
  const std::string program = home.path() / "repl";
  std::filesystem::copy_file(STRATA_WEEK01_REPL, program);
  const std::string data = home.path() / "store";
  const Ended before = testing::run_program_with(program, {"--data", data}, "PUT a 1\n");
  ASSERT_EQ(before.status, 0) << before.err;
  ::chmod(data.c_str(), 0500);
  ::chmod((data + "/LOCK").c_str(), 0400);
  const Ended ended = testing::run_program_with(program, {"--data", data}, "GET a\n");
  const Ended reader = testing::run_program_with(program, {"--data", data, "--disk=read-only"},
                                                 "GET a\nCHECKPOINT\n");
  ::chmod(data.c_str(), 0700);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("Permission denied"));
  EXPECT_THAT(reader.out, StartsWith("1\nError: the store is only read"));
}

TEST_F(Program, RefusesWhatANewerProgramHasWritten) {
  ASSERT_EQ(run("PUT a 1\n").out, "OK\nShutting down...\n");
  constexpr int kVersionOffset = 8;  // FORMAT.md, "Segment"
  std::fstream(data_ + "/wal/00000000000000000000.log",
               std::ios::in | std::ios::out | std::ios::binary)
      .seekp(kVersionOffset)
      .put('\x09');
  const Ended ended = run("GET a\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, AllOf(HasSubstr("it has segment version 9"), HasSubstr("newer program")));
}

TEST_F(Program, SaysThatTheDiskIsFullAndGoesOnWhenThereIsSpace) {
  const testing::TemporaryDirectory mount_point;
  testing::SmallDisk disk(mount_point.path(), "256k");
  if (!disk.mounted()) GTEST_SKIP() << "a disk that is small can only be had by root";
  PipedChild child(STRATA_WEEK01_REPL, {"--data", mount_point.path() / "store"});
  const std::string value(20'000, 'v');
  int written = 0;
  std::string reply = "OK";
  for (; reply == "OK" && written < 100; ++written) {
    ASSERT_TRUE(child.write(fmt::format("PUT key{} {}\n", written, value)));
    reply = child.read_line().value_or("no answer");
  }
  EXPECT_THAT(reply, AllOf(StartsWith("Error: "), HasSubstr("No space left")));
  EXPECT_GT(written, 5);
  ASSERT_TRUE(child.write("GET key1\n"));
  EXPECT_EQ(child.read_line(), value) << "reads go on";
  ASSERT_TRUE(disk.resize("4m"));
  ASSERT_TRUE(child.write("PUT key1 again\nGET key1\n"));
  EXPECT_EQ(child.read_line(), "OK");
  EXPECT_EQ(child.read_line(), "again");
  child.close_input();
  EXPECT_EQ(child.read_line(), "Shutting down...");
  EXPECT_EQ(child.wait(), 1) << "since a command failed";
}

TEST_F(Program, TakesALineOfAGibibyteWithoutTakingTheMemory) {
  constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
  PipedChild child(STRATA_WEEK01_REPL, {"--data", data_});
  const std::string piece(kMebibyte, 'v');
  ASSERT_TRUE(child.write("PUT key "));
  for (int i = 0; i < 1024; ++i) ASSERT_TRUE(child.write(piece));
  ASSERT_TRUE(child.write("\nPUT a 1\n"));
  EXPECT_THAT(child.read_line().value_or(""), StartsWith("Error: "));
  EXPECT_EQ(child.read_line(), "OK");
  if (!testing::kSanitized) {  // sanitizers take far more
    EXPECT_LT(child.peak_memory(), 200 * kMebibyte);
  }
}

TEST_F(Program, NamesFileOffsetAndRemedyOfADamagedSegment) {
  ASSERT_EQ(run("PUT a 1\nPUT b 2\n").out, "OK\nOK\nShutting down...\n");
  const std::string segment = data_ + "/wal/00000000000000000000.log";
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);
    file.put('\x7f');
  }
  const Ended ended = run("GET a\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, AllOf(HasSubstr("damage: " + segment), HasSubstr("at offset 56"),
                               HasSubstr("restore the directory")));
  const Ended dump = testing::run_program_with(STRATA_DUMP, {segment}, "");
  EXPECT_EQ(dump.status, 1);
  EXPECT_THAT(dump.out, HasSubstr("DAMAGE at offset 56"));
}

// The next segment proves that all of this one was durable, whichever working directory the dump
// runs in.
TEST_F(Program, DumpsASegmentCutShortAsDamaged) {
  std::string script;
  for (int i = 0; i < 200; ++i)
    script += fmt::format("PUT key{} {}\n", i, std::string(100'000, 'v'));
  ASSERT_EQ(run(script).status, 0);
  const std::string name = "00000000000000000000.log";
  std::filesystem::resize_file(data_ + "/wal/" + name, 10'000'000);
  for (const std::string& from : {std::string("/"), data_ + "/wal"}) {
    const std::string file = from == "/" ? data_ + "/wal/" + name : name;
    const Ended dump = testing::run_program_with(
        "/bin/sh", {"-c", "cd \"$1\" && \"$2\" \"$3\" | tail -1", "sh", from, STRATA_DUMP, file},
        "");
    EXPECT_THAT(dump.out, HasSubstr("DAMAGE at offset")) << from;
  }
}

TEST_F(Program, DumpsATornTailAsSuch) {
  EXPECT_EQ(run("PUT a 1\nPUT b 2\nCRASH\n").out, "OK\nOK\n");
  const std::string segment = data_ + "/wal/00000000000000000000.log";
  std::filesystem::resize_file(segment, 40 + 16 + 40 + 20);  // within the second record
  const Ended dump = testing::run_program_with(STRATA_DUMP, {segment}, "");
  EXPECT_EQ(dump.status, 0) << dump.err;
  EXPECT_THAT(dump.out, HasSubstr("TORN TAIL at offset 96"));
  const Ended after = run("SCAN\n");
  EXPECT_THAT(after.out, StartsWith("a\t1\n(1 key)\n"));
  // 20 bytes, or fewer if the last of them happen to be zero.
  EXPECT_THAT(after.err, ContainsRegex("cut off a torn tail of (1.|20) bytes"));
}

TEST_F(Program, AnswersBadCommandsInALineAndGoesOn) {
  const std::string large(std::size_t{17} << 20, 'v');
  const Ended ended = run("FOO\nPUT a\nPUT \"a\nPUT " + std::string(70'000, 'k') + " v\nPUT k " +
                          large + "\nDUMP x\nPUT a 1\nGET a\n");
  EXPECT_EQ(ended.status, 1);
  std::istringstream lines(ended.out);
  std::string line;
  int errors = 0;
  while (std::getline(lines, line) && line.starts_with("Error: ")) ++errors;
  EXPECT_EQ(errors, 6) << ended.out.substr(0, 2000);
  EXPECT_THAT(ended.out, EndsWith("OK\n1\nShutting down...\n")) << ended.err;
}

TEST_F(Program, RefusesWrongWordsOnTheCommandLine) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--sync=sometimes"},
                                                {"--disk=floppy"},
                                                {"--nonsense"},
                                                {"--data="}}) {
    const Ended ended = testing::run_program_with(STRATA_WEEK01_REPL, words, "");
    EXPECT_EQ(ended.status, 2) << words[0];
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
  }
}

}  // namespace
}  // namespace strata::wal
