// The shell of week 2 as a program: killed, used wrongly, on a full disk, and watched by strace.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "testing/child.h"
#include "testing/kill_loop.h"
#include "testing/sanitizers.h"
#include "testing/small_disk.h"
#include "testing/sync_trace.h"
#include "testing/temporary_directory.h"

namespace strata::lsm {
namespace {

using ::testing::AllOf;
using testing::Ended;
using ::testing::HasSubstr;
using testing::PipedChild;
using ::testing::StartsWith;
using testing::TerminalChild;

class LsmProgram : public ::testing::Test {
 protected:
  Ended run(std::string_view input, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--data", data_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Ended ended = testing::run_program_with(STRATA_WEEK02_REPL, arguments, input);
    // Shown in the message of a failed test.
    std::cout << ended.err;
    return ended;
  }
  std::string table(int number) const {
    return fmt::format("{}/tables/{:06}.table", data_, number);
  }
  static void flip_byte(const std::string& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 0x21));
  }

  const testing::TemporaryDirectory directory_;
  const std::string data_ = (directory_.path() / "store").string();
};

TEST_F(LsmProgram, DoesWhatTheDesignShows) {
  const Ended ended =
      run("PUT user:1 {\"name\": \"Ada\", \"age\": 36}\nget user:1\nDELETE user:1\nGET user:1\n"
          "PUT user:2 two words\nFLUSH\nSCAN user:* LIMIT 10\nQUIT\n");
  EXPECT_EQ(ended.out,
            "OK\n{\"name\": \"Ada\", \"age\": 36}\nOK\nError: key not found\nOK\nOK\n"
            "user:2\ttwo words\n(1 key)\nShutting down...\n");
  EXPECT_EQ(ended.status, 1);
}

TEST_F(LsmProgram, KeepsEverythingOverCrashAndFlush) {
  EXPECT_EQ(run("PUT a 1\nPUT b 2\nCRASH\n").status, 128 + SIGKILL);
  EXPECT_EQ(run("GET a\nFLUSH\nDELETE a\nPUT c 3\nCRASH\n").out, "1\nOK\nOK\nOK\n");
  const Ended last = run("SCAN\n");
  EXPECT_EQ(last.out, "b\t2\nc\t3\n(2 keys)\nShutting down...\n");
  EXPECT_EQ(last.status, 0);
}

TEST_F(LsmProgram, ReadsAtASnapshotUntilItIsReleased) {
  const Ended ended =
      run("PUT a old\nSNAPSHOT\nPUT a new\nFLUSH\nAT 1 GET a\nGET a\nRELEASE 1\nAT 1 GET a\n");
  EXPECT_EQ(ended.out,
            "OK\nsnapshot 1\nOK\nOK\nold\nnew\nOK\nError: there is no snapshot 1\n"
            "Shutting down...\n");
}

TEST_F(LsmProgram, ShowsLevelsAndTheTailOfTheLog) {
  const Ended ended = run("PUT a 1\nPUT z 2\nFLUSH\nLEVELS\nPUT key value\nDUMP 1\n");
  EXPECT_THAT(ended.out, AllOf(HasSubstr("level 0  table 1  "), HasSubstr("2 entries  a .. z"),
                               HasSubstr("op_type           1  PUT"), HasSubstr("clean, ")));
}

TEST_F(LsmProgram, ShowsOnlyTheBeginningOfALongKeyInLevels) {
  const Ended ended = run("PUT " + std::string(60'000, 'k') + " 1\nFLUSH\nLEVELS\n");
  EXPECT_LT(ended.out.size(), 400u);
  EXPECT_THAT(ended.out, HasSubstr("kkk... (60000 bytes) .. kkk"));
}

// More tables than the process may have files open.
TEST_F(LsmProgram, ReadsMoreTablesThanItMayOpen) {
  std::string script;
  for (int i = 100; i < 200; ++i) script += fmt::format("PUT key{} {}\nFLUSH\n", i, i);
  ASSERT_EQ(run(script, {"--sync=never"}).status, 0);
  const Ended ended = testing::run_program_with(
      "/bin/sh", {"-c", "ulimit -n 40; \"$1\" --data=\"$2\"", "sh", STRATA_WEEK02_REPL, data_},
      "GET key100\nGET key199\nSCAN key1*\n");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("100\n199\n"), HasSubstr("(100 keys)")));
}

TEST_F(LsmProgram, LosesUnsyncedWritesOnlyWhereItWasToldSo) {
  const std::string script = "PUT a 1\nPOWERCUT lost\nGET a\n";
  EXPECT_THAT(run(script, {"--disk=simulated", "--sync=never"}).out, HasSubstr("key not found"));
  EXPECT_THAT(run(script, {"--disk=simulated"}).out, HasSubstr("\n1\n"));
}

// S7 in common/docs/reliability.md. Some kills happen during a FLUSH, some during a flush in the
// background.
TEST_F(LsmProgram, LosesNothingAcknowledgedWhenItIsKilled) {
  testing::kill_again_and_again(STRATA_WEEK02_REPL, {"--data", data_, "--memtable=20000"}, "FLUSH");
}

TEST_F(LsmProgram, HoldsMoreThanItMayHaveOfMemory) {
  if (testing::kSanitized) GTEST_SKIP() << "a sanitizer needs it all itself";
  const Ended ended = testing::run_program_with(
      "/bin/sh",
      {"-c",
       "ulimit -v 400000; \"$1\" --stores=week02 --num=600000 --value-size=1000 --reads=5000 "
       "--workloads=fillrandom,readrandom,readseq --dir=\"$2\"",
       "sh", STRATA_LOAD, directory_.path().string()},
      "");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("readseq"));
}

// The program sends no reply before the fdatasync for that write has returned.
TEST_F(LsmProgram, AnswersOnlyAfterTheSync) {
  testing::expect_answers_after_syncs(STRATA_WEEK02_REPL, data_);
}

TEST_F(LsmProgram, RefusesTheDirectoryOfWeek1AndLeavesItAlone) {
  ASSERT_EQ(testing::run_program_with(STRATA_WEEK01_REPL, {"--data", data_}, "PUT a 1\n").status,
            0);
  const Ended ended = run("GET a\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("holds a 'logged' store"));
  EXPECT_EQ(testing::run_program_with(STRATA_WEEK01_REPL, {"--data", data_}, "GET a\n").out,
            "1\nShutting down...\n");
}

TEST_F(LsmProgram, NamesADamagedTableAndAMissingOneAndDeletesNothing) {
  ASSERT_EQ(run("PUT a 1\nFLUSH\nPUT b 2\nFLUSH\n").status, 0);
  const std::string copy = data_ + ".copy";
  std::filesystem::copy(data_, copy, std::filesystem::copy_options::recursive);
  flip_byte(table(1), 12);
  const Ended hurt = run("GET a\nGET b\n");
  EXPECT_EQ(hurt.status, 1);
  EXPECT_THAT(hurt.out, AllOf(HasSubstr("Error: damage: " + table(1)), HasSubstr("\n2\n")));
  const Ended dump = testing::run_program_with(STRATA_DUMP, {table(1)}, "");
  EXPECT_EQ(dump.status, 1);
  EXPECT_THAT(dump.out, HasSubstr("DAMAGE at offset 8"));
  std::filesystem::remove(table(2));
  const Ended missing = run("GET a\n");
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, AllOf(HasSubstr(table(2) + " is missing"), HasSubstr("restore")));
  EXPECT_TRUE(std::filesystem::exists(table(1)));
  // Restore it from a copy, as the message says.
  std::filesystem::remove_all(data_);
  std::filesystem::rename(copy, data_);
  EXPECT_EQ(run("GET a\nGET b\n").out, "1\n2\nShutting down...\n");
}

TEST_F(LsmProgram, RefusesATableCutShortAndOneOfANewerVersion) {
  ASSERT_EQ(run("PUT a 1\nFLUSH\n").status, 0);
  const auto size = std::filesystem::file_size(table(1));
  flip_byte(table(1), static_cast<std::streamoff>(size) - 12);  // FORMAT.md, "Footer"
  const Ended newer = run("GET a\n");
  EXPECT_EQ(newer.status, 1);
  EXPECT_THAT(newer.err, AllOf(HasSubstr(table(1)), HasSubstr("use the newer program")));
  std::filesystem::resize_file(table(1), size / 2);
  const Ended cut = run("GET a\n");
  EXPECT_EQ(cut.status, 1);
  EXPECT_THAT(cut.err, AllOf(HasSubstr(table(1)), HasSubstr("bytes")));
  EXPECT_TRUE(std::filesystem::exists(table(1)));
}

TEST_F(LsmProgram, SaysThatTheDiskIsFullAndGoesOnWhenThereIsSpace) {
  const testing::TemporaryDirectory mount_point;
  testing::SmallDisk disk(mount_point.path(), "512k");
  if (!disk.mounted()) GTEST_SKIP() << "a disk that is small can only be had by root";
  PipedChild child(STRATA_WEEK02_REPL, {"--data", mount_point.path() / "store"});
  const std::string value(20'000, 'v');
  int written = 0;
  std::string reply = "OK";
  for (; reply == "OK" && written < 100; ++written) {
    // Every tenth write flushes, so that tables need space too.
    ASSERT_TRUE(child.write(written % 10 == 9 ? std::string("FLUSH\n")
                                              : fmt::format("PUT key{} {}\n", written, value)));
    reply = child.read_line().value_or("no answer");
  }
  EXPECT_THAT(reply, AllOf(StartsWith("Error: "), HasSubstr("No space left")));
  EXPECT_GT(written, 5);
  ASSERT_TRUE(child.write("GET key1\n"));
  EXPECT_EQ(child.read_line(), value) << "reads go on";
  ASSERT_TRUE(disk.resize("8m"));
  ASSERT_TRUE(child.write("PUT key1 again\nFLUSH\nGET key1\n"));
  EXPECT_EQ(child.read_line(), "OK");
  EXPECT_EQ(child.read_line(), "OK");
  EXPECT_EQ(child.read_line(), "again");
  child.close_input();
  EXPECT_EQ(child.read_line(), "Shutting down...");
  EXPECT_EQ(child.wait(), 1) << "since a command failed";
}

TEST_F(LsmProgram, OnlyReadsAStoreIfItIsToldSo) {
  run("PUT a 1\nFLUSH\nPUT b 2\n");
  const auto files = [&] {
    std::map<std::string, std::pair<std::uintmax_t, std::filesystem::file_time_type>> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_))
      if (entry.is_regular_file())
        found[entry.path()] = {entry.file_size(), entry.last_write_time()};
    return found;
  };
  const auto before = files();
  const Ended ended = run("SCAN\nPUT c 3\nFLUSH\nDUMP 1\nGET c\nBATCH\n", {"--disk=read-only"});
  EXPECT_THAT(ended.out, StartsWith("a\t1\nb\t2\n(2 keys)\nError: the store is only read"));
  EXPECT_THAT(ended.out, HasSubstr("Error: key not found\nError: the store is only read, so no "));
  EXPECT_EQ(ended.status, 1) << "since commands failed";
  EXPECT_EQ(files(), before);
  const Ended none = testing::run_program_with(
      STRATA_WEEK02_REPL, {"--data", data_ + "-none", "--disk=read-only"}, "SCAN\n");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("-none; --data names another directory"));
  EXPECT_FALSE(std::filesystem::exists(data_ + "-none"));
}

TEST_F(LsmProgram, SaysOnATerminalThatItOnlyReads) {
  run("PUT a 1\n");
  TerminalChild child(STRATA_WEEK02_REPL, {{"TERM", "xterm"}, {"HOME", directory_.path()}},
                      {"--data", data_, "--disk=read-only"});
  EXPECT_TRUE(child.sees("HELP lists the commands.") && child.sees("The store is only read") &&
              child.sees("> "));
}

TEST_F(LsmProgram, AnswersBadCommandsInALineAndGoesOn) {
  const Ended ended =
      run("FOO\nAT\nAT 1 GET a\nAT x GET a\nRELEASE 9\nFLUSH now\nDUMP x\nPUT a 1\nGET a\n");
  EXPECT_EQ(ended.status, 1);
  std::istringstream lines(ended.out);
  std::string line;
  int errors = 0;
  while (std::getline(lines, line) && line.starts_with("Error: ")) ++errors;
  EXPECT_EQ(errors, 7) << ended.out;
  EXPECT_THAT(ended.out, ::testing::EndsWith("OK\n1\nShutting down...\n"));
}

}  // namespace
}  // namespace strata::lsm
