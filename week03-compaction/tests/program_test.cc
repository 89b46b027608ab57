// Runs the programs of week 3: the shell, killed and misused; backup and restore.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "testing/child.h"
#include "testing/kill_loop.h"
#include "testing/temporary_directory.h"
#include "testing/unprivileged.h"

namespace strata::compaction {
namespace {

using ::testing::AllOf;
using testing::Ended;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::PipedChild;
using ::testing::StartsWith;

class CompactionProgram : public ::testing::Test {
 protected:
  Ended run(std::string_view input, const std::vector<std::string>& more = {}) {
    return run_on(data_, input, more);
  }
  static Ended run_on(const std::string& data, std::string_view input,
                      const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--data", data};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return program(STRATA_WEEK03_REPL, arguments, input);
  }
  static Ended program(const std::string& name, const std::vector<std::string>& arguments,
                       std::string_view input = "") {
    Ended ended = testing::run_program_with(name, arguments, input);
    // Printed beside the message of a test that fails.
    std::cout << ended.out << ended.err;
    return ended;
  }
  std::string in(const std::string& name) const { return (directory_.path() / name).string(); }
  static void flip_byte(const std::string& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 0x21));
  }
  static std::string file_in(const std::string& directory) {
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      return entry.path().string();
    ADD_FAILURE() << directory << " has no file";
    return {};
  }

  const testing::TemporaryDirectory directory_;
  const std::string data_ = in("store");
};

// A value of some length that a codec can make smaller.
std::string long_value(char letter) { return std::string(3000, letter); }

TEST_F(CompactionProgram, CompactsAllOrARangeOfKeys) {
  const std::string writes = "PUT a 1\nFLUSH\nPUT a 2\nPUT z 3\nFLUSH\nDELETE z\nFLUSH\n";
  const Ended range = run(writes + "COMPACT b c\nLEVELS\n", {"--policy=never"});
  EXPECT_THAT(range.out, HasSubstr("level 6"));
  const Ended all = run("COMPACT\nLEVELS\nSCAN\n", {"--policy=never"});
  EXPECT_THAT(all.out, AllOf(StartsWith("OK\nkeys"), HasSubstr("level 6: 1 table"),
                             HasSubstr("read amplification   1 "), HasSubstr("a\t2\n(1 key)")));
  EXPECT_THAT(all.out, ::testing::Not(HasSubstr("level 0")));
  EXPECT_EQ(run("COMPACT z a\n").out,
            "Error: the first key is behind the last\nShutting down...\n");
}

TEST_F(CompactionProgram, KeepsTheTreeInShapeByItself) {
  std::string writes;
  for (int i = 0; i < 40; ++i) writes += fmt::format("PUT key {}\nFLUSH\n", i);
  const Ended ended = run(writes + "COMPACT\nGET key\nSTATS\n");
  EXPECT_THAT(ended.out, AllOf(HasSubstr("\n39\n"), HasSubstr("  tables: 1\n"),
                               HasSubstr("  compaction_policy: levelled\n"),
                               HasSubstr("  compaction_entries_dropped: 39\n"),
                               HasSubstr("  write_pressure: none\n")));
}

TEST_F(CompactionProgram, TakesItsOptionsAndRefusesOthers) {
  for (const char* option :
       {"--policy=tiered", "--compression=none", "--bottom-compression=zstd", "--cache=0",
        "--filter-bits=0", "--cache=1000000", "--filter-bits=20", "--disk=simulated"})
    EXPECT_EQ(run("PUT a 1\nFLUSH\nCOMPACT\nGET a\n", {option}).out,
              "OK\nOK\nOK\n1\nShutting down...\n")
        << option;
  for (const char* option : {"--policy=lazy", "--compression=zip", "--cache=much",
                             "--filter-bits=65", "--bottom-compression="}) {
    const Ended ended = run("PUT a 1\n", {option});
    EXPECT_EQ(ended.status, 2) << option;
    EXPECT_THAT(ended.err, HasSubstr("see --help"));
  }
}

TEST_F(CompactionProgram, MakesACheckpointOfARunningStore) {
  PipedChild child(STRATA_WEEK03_REPL, {"--data", data_});
  ASSERT_TRUE(
      child.write(fmt::format("PUT a 1\nFLUSH\nPUT b 2\nCHECKPOINT {}\nPUT c 3\n", in("copy"))));
  for (int reply = 0; reply < 5; ++reply) ASSERT_EQ(child.read_line(), "OK");
  EXPECT_EQ(run_on(in("copy"), "SCAN\nVERIFY\nPUT d 4\n").out,
            "a\t1\nb\t2\n(2 keys)\n1 table, 2 log segments: all sound\nOK\nShutting down...\n");
  child.kill();
  EXPECT_EQ(child.wait(), 128 + SIGKILL);
  EXPECT_EQ(run("SCAN\n").out, "a\t1\nb\t2\nc\t3\n(3 keys)\nShutting down...\n");
}

TEST_F(CompactionProgram, RefusesACheckpointWhereItCannotBe) {
  const std::string relative = std::filesystem::relative(data_).string();
  const Ended ended = run_on(relative, fmt::format("CHECKPOINT {}/x\nCHECKPOINT {}\nCHECKPOINT\n",
                                                   relative, directory_.path().string()));
  EXPECT_THAT(ended.out, AllOf(HasSubstr("/store/x lies within the store"),
                               HasSubstr("is there already"), HasSubstr("usage: CHECKPOINT")));
  EXPECT_FALSE(std::filesystem::exists(data_ + "/x.strata-checkpoint.tmp"));
}

TEST_F(CompactionProgram, FindsAFlippedByteAndNamesFileAndOffset) {
  EXPECT_THAT(run("PUT a 1\nFLUSH\nPUT b 2\nVERIFY\n").out,
              HasSubstr("1 table, 1 log segment: all sound\n"));
  const std::string table = file_in(data_ + "/tables");
  flip_byte(table, 12);
  const Ended ended = run("VERIFY\nGET b\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out,
              AllOf(StartsWith("Error: damage: " + table + " at offset 8: "), HasSubstr("\n2\n")));
}

TEST_F(CompactionProgram, FindsDamageToTheLogOfARunningStore) {
  PipedChild child(STRATA_WEEK03_REPL, {"--data", data_});
  ASSERT_TRUE(child.write("PUT a 1\nPUT b 2\n"));
  EXPECT_EQ(child.read_line(), "OK");
  EXPECT_EQ(child.read_line(), "OK");
  flip_byte(file_in(data_ + "/wal"), 60);
  ASSERT_TRUE(child.write("VERIFY\n"));
  EXPECT_THAT(
      child.read_line().value_or(""),
      AllOf(StartsWith("Error: "), HasSubstr(data_ + "/wal/"), HasSubstr(" at offset 56 ")));
}

TEST_F(CompactionProgram, WritesATraceOfItsCompactions) {
  ASSERT_EQ(run("PUT a 1\nFLUSH\nPUT a 2\nFLUSH\nCOMPACT\n", {"--trace", in("trace")}).status, 0);
  std::ifstream file(in("trace"));
  const std::string trace{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(
      trace,
      AllOf(HasSubstr(R"("program": "week03-repl")"), HasSubstr(R"("event": "flush_finished")"),
            HasSubstr(R"("event": "compaction_begun")"), HasSubstr(R"("event": "table_written")")));
}

TEST_F(CompactionProgram, RecoversAfterAPowerCutAndCompactsOn) {
  const Ended ended = run("PUT a 1\nFLUSH\nPUT a 2\nPOWERCUT lost\nCOMPACT\nGET a\nVERIFY\n",
                          {"--disk=simulated", "--trace", in("trace")});
  EXPECT_THAT(ended.out, AllOf(HasSubstr("recovered 1 tables and 1 records"),
                               EndsWith("\n2\n1 table, 1 log segment: all sound\n"
                                        "Shutting down...\n")));
  EXPECT_EQ(ended.status, 0);
}

TEST_F(CompactionProgram, DumpsCompressedBlocksAndFilters) {
  for (const char* codec : {"lz4", "zstd"}) {
    const std::string data = in(codec);
    ASSERT_EQ(run_on(data, "PUT key " + long_value('v') + "\nPUT other 2\nFLUSH\n",
                     {fmt::format("--compression={}", codec)})
                  .status,
              0);
    const Ended dump = program(STRATA_DUMP, {file_in(data + "/tables")});
    EXPECT_EQ(dump.status, 0);
    EXPECT_THAT(dump.out,
                AllOf(HasSubstr("bytes unpacked"), HasSubstr("PUT    key  sequence 1  vvv"),
                      HasSubstr("bits for 2 keys: ")));
  }
}

// S7 in common/docs/reliability.md. The memtable is small, so that compactions run all the time.
TEST_F(CompactionProgram, LosesNothingAcknowledgedWhenItIsKilled) {
  testing::kill_again_and_again(STRATA_WEEK03_REPL, {"--data", data_, "--memtable=20000"},
                                "COMPACT");
}

TEST_F(CompactionProgram, RefusesTheDirectoryOfWeek1AndLeavesItAlone) {
  ASSERT_EQ(program(STRATA_WEEK01_REPL, {"--data", data_}, "PUT a 1\n").status, 0);
  for (const Ended& ended : {run("GET a\n"), program(STRATA_BACKUP, {"--data", data_, in("b")})}) {
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr(data_ + " holds a 'logged' store"));
  }
  EXPECT_EQ(program(STRATA_WEEK01_REPL, {"--data", data_}, "GET a\n").out, "1\nShutting down...\n");
}

// The files of another user, or a snapshot on a read-only disk.
TEST_F(CompactionProgram, ReadsAndChecksAStoreThatItMayNotWrite) {
  const testing::Unprivileged user;
  const testing::TemporaryDirectory home;
  const std::string repl = home.path() / "repl";
  std::filesystem::copy_file(STRATA_WEEK03_REPL, repl);
  const std::string data = home.path() / "store";
  ASSERT_EQ(program(repl, {"--data", data}, "PUT a 1\nFLUSH\nPUT b 2\n").status, 0);
  const auto allow = [&](std::filesystem::perms directory, std::filesystem::perms file) {
    std::filesystem::permissions(data, directory);
    std::filesystem::permissions(data + "/LOCK", file);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data))
      std::filesystem::permissions(entry.path(), entry.is_directory() ? directory : file);
  };
  using std::filesystem::perms;
  allow(perms::owner_read | perms::owner_exec, perms::owner_read);
  const std::string copy = home.path() / "copy";
  const Ended ended = program(repl, {"--data", data, "--disk=read-only"},
                              "SCAN\nVERIFY\nLEVELS\nCHECKPOINT " + copy + "\nCOMPACT\n");
  allow(perms::owner_all, perms::owner_all);
  EXPECT_THAT(ended.out, StartsWith("a\t1\nb\t2\n(2 keys)\n"));
  EXPECT_THAT(ended.out, HasSubstr("all sound"));
  EXPECT_THAT(ended.out, HasSubstr("Error: the store is only read"));
  EXPECT_EQ(program(repl, {"--data", copy}, "SCAN\n").out,
            "a\t1\nb\t2\n(2 keys)\nShutting down...\n");
}

TEST_F(CompactionProgram, BacksUpAndRestores) {
  ASSERT_EQ(run("PUT a 1\nFLUSH\nPUT b 2\n").status, 0);
  const Ended backup = program(STRATA_BACKUP, {"--data", data_, in("backup")});
  EXPECT_EQ(backup.status, 0);
  EXPECT_THAT(backup.out, StartsWith(fmt::format("backed up {} to {}: 1 table, 1 log segment, ",
                                                 data_, in("backup"))));
  std::filesystem::remove_all(data_);
  const Ended restored = program(STRATA_RESTORE, {"--data", data_, in("backup")});
  EXPECT_EQ(restored.status, 0);
  EXPECT_THAT(restored.out, StartsWith(fmt::format("restored {} from {}: ", data_, in("backup"))));
  EXPECT_EQ(run("SCAN\n").out, "a\t1\nb\t2\n(2 keys)\nShutting down...\n");
  const Ended again = program(STRATA_RESTORE, {"--data", data_, in("backup")});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.err, HasSubstr("is there already, and not empty"));
}

TEST_F(CompactionProgram, SaysHowAnotherStoreIsNamed) {
  const Ended ended = program(STRATA_BACKUP, {"--data", in("none"), in("backup")});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err,
              HasSubstr("there is no store in " + in("none") + "; --data names another directory"));
}

// The log of a process that died has room for what it would have written next, a mebibyte.
TEST_F(CompactionProgram, ABackupHasNoRoomForLaterWrites) {
  ASSERT_NE(run("PUT a 1\nFLUSH\nPUT b 2\nCRASH\n").status, 0);
  const Ended backup = program(STRATA_BACKUP, {"--data", data_, in("backup")});
  EXPECT_THAT(backup.out, ::testing::ContainsRegex(": 1 table, 1 log segment, [0-9]{3,4} bytes\n"));
}

TEST_F(CompactionProgram, BacksUpARunningStoreByItsCheckpoint) {
  PipedChild child(STRATA_WEEK03_REPL, {"--data", data_});
  ASSERT_TRUE(child.write(fmt::format("PUT a 1\nCHECKPOINT {}\n", in("copy"))));
  ASSERT_EQ(child.read_line(), "OK");
  ASSERT_EQ(child.read_line(), "OK");
  const Ended refused = program(STRATA_BACKUP, {"--data", data_, in("backup")});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr(data_ + " is in use by another process"),
                    HasSubstr("CHECKPOINT DIR in it, then ./strata backup N DEST --from DIR")));
  EXPECT_EQ(program(STRATA_BACKUP, {"--from", in("copy"), in("backup")}).status, 0);
  EXPECT_EQ(run_on(in("backup"), "GET a\n").out, "1\nShutting down...\n");
}

TEST_F(CompactionProgram, KeepsNoBackupThatIsDamaged) {
  ASSERT_EQ(run("PUT a 1\nFLUSH\n").status, 0);
  ASSERT_EQ(program(STRATA_BACKUP, {"--data", data_, in("backup")}).status, 0);
  flip_byte(file_in(in("backup") + "/tables"), 12);
  const Ended ended = program(STRATA_RESTORE, {"--data", in("new"), in("backup")});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("damage: " + in("backup") + "/tables/000001.table at offset 8"));
  EXPECT_FALSE(std::filesystem::exists(in("new")));
}

TEST_F(CompactionProgram, WrongWordsForABackupAreOneLineAndStatusTwo) {
  for (const char* name : {STRATA_BACKUP, STRATA_RESTORE}) {
    for (const std::vector<std::string>& wrong :
         {std::vector<std::string>{}, {"one", "two"}, {"--nonsense", "one"}}) {
      const Ended ended = program(name, wrong);
      EXPECT_EQ(ended.status, 2);
      EXPECT_THAT(ended.err, EndsWith("; see --help\n"));
    }
    const Ended help = program(name, {"--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, HasSubstr("Example:\n  strata-"));
  }
}

}  // namespace
}  // namespace strata::compaction
