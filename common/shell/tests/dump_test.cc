// strata-dump, linked with the dumper of test_dumper.cc.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "testing/child.h"
#include "testing/temporary_directory.h"

namespace strata::shell {
namespace {

using strata::testing::Ended;
using strata::testing::run_program_with;

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class Dump : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    const auto path = std::filesystem::path(directory_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path.string();
  }
  Ended dump(const std::vector<std::string>& arguments) {
    return run_program_with(STRATA_TEST_DUMP, arguments, "");
  }

  const testing::TemporaryDirectory made_;
  const std::string directory_ = made_.path();
};

TEST_F(Dump, PrintsAFileAndIsContentWithATornTail) {
  for (const char verdict : {'S', 'T'}) {
    const Ended ended = dump({file("a", std::string("TEST") + verdict + std::string(500, 'x'))});
    EXPECT_EQ(ended.out, std::string("verdict: ") + verdict + "\n");
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(ended.status, 0);
  }
}

TEST_F(Dump, DamageIsStatusOne) {
  const std::string path = file("a", "TESTD");
  const Ended ended = dump({path});
  EXPECT_EQ(ended.out, "verdict: D\n");
  EXPECT_EQ(ended.err, "strata-dump: " + path + ": damaged; the dump says where\n");
  EXPECT_EQ(ended.status, 1);
}

TEST_F(Dump, WhatCannotBePrintedIsOneLineAndStatusOne) {
  const std::string unknown = file("unknown", "hello");
  EXPECT_EQ(
      dump({unknown}).err,
      "strata-dump: " + unknown +
          ": not a kind of file that this program knows; it knows: test file, store identity\n");
  for (const std::string& path : {unknown, file("empty", ""), file("error", "TESTE"),
                                  directory_ + "/missing", std::string("/dev/null")}) {
    const Ended ended = dump({path});
    EXPECT_THAT(ended.err, MatchesRegex("strata-dump: [^\n]+\n"));
    EXPECT_EQ(ended.status, 1) << path;
  }
}

TEST_F(Dump, ADirectoryIsWalkedInOrder) {
  file("b", "TESTS");
  file("a/2", "TESTS");
  file("a/1", "TESTT");
  file("LOCK", "");
  std::filesystem::create_directory_symlink(directory_, directory_ + "/loop");
  const Ended ended = dump({directory_});
  const std::string title = "== " + directory_;
  const std::string unknown = ": not a kind of file that this program knows\n";
  EXPECT_EQ(ended.out, title + "/LOCK: the lock of a store, without data\n" + title +
                           "/a/1: test file\nverdict: T\n" +          //
                           title + "/a/2: test file\nverdict: S\n" +  //
                           title + "/b: test file\nverdict: S\n" +    //
                           title + "/loop" + unknown);
  EXPECT_EQ(ended.status, 0);
}

TEST_F(Dump, OneBadFileDoesNotHideTheOthers) {
  const Ended ended = dump({file("a", "TESTE"), directory_ + "/missing", file("b", "TESTS")});
  EXPECT_THAT(ended.out, HasSubstr("/b: test file\nverdict: S\n"));
  EXPECT_EQ(std::ranges::count(ended.err, '\n'), 2);
  EXPECT_EQ(ended.status, 1);
}

TEST_F(Dump, AWrongCommandLineIsStatusTwo) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{}, {"--nonsense"}}) {
    const Ended ended = dump(wrong);
    EXPECT_THAT(ended.err, MatchesRegex("strata-dump: [^\n]+; see --help\n"));
    EXPECT_EQ(ended.status, 2);
  }
}

TEST_F(Dump, HelpShowsAnExample) {
  const Ended ended = dump({"--help"});
  EXPECT_THAT(ended.out, HasSubstr("FILE|DIRECTORY..."));
  EXPECT_THAT(ended.out, HasSubstr("Example:\n  strata-dump data/week01\n"));
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.status, 0);
}

TEST_F(Dump, AReaderWhoLeavesEndsItQuietly) {
  const std::string path = file("a", "TESTS");
  const Ended ended = run_program_with(
      "/bin/sh", {"-c", "\"$1\" \"$2\" | head -c 0", "sh", STRATA_TEST_DUMP, path}, "");
  EXPECT_EQ(ended.err, "");
}

}  // namespace
}  // namespace strata::shell
