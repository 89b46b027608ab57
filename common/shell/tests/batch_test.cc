// BATCH, COMMIT and ABORT.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shell/pipe_reader.h"
#include "shell/shell.h"
#include "store/memory_store.h"

namespace strata::shell {
namespace {

class Batch : public ::testing::Test {
 protected:
  // Runs the lines and returns the replies, without the last line "Shutting down...".
  std::string run(const std::string& input, int status) {
    const int in = ::memfd_create("in", 0), replies = ::memfd_create("replies", 0);
    EXPECT_EQ(::pwrite(in, input.data(), input.size(), 0), static_cast<ssize_t>(input.size()));
    Shell shell(store_);
    Output out(replies);
    PipeReader lines(in);
    EXPECT_EQ(shell.run(lines, out), status);
    std::string text(65536, '\0');
    text.resize(static_cast<std::size_t>(::pread(replies, text.data(), text.size(), 0)));
    ::close(in);
    ::close(replies);
    return text.substr(0, text.find("Shutting down..."));
  }

  MemoryStore store_;
};

TEST_F(Batch, IsWrittenAtCommitAndNotBefore) {
  EXPECT_EQ(run("PUT a 0\nBATCH\nPUT a 1\nPUT b 2\nDELETE b\nPUT c 3\nSCAN\nCOMMIT\nSCAN\n", 0),
            "OK\nOK\nQUEUED\nQUEUED\nQUEUED\nQUEUED\na\t0\n(1 key)\nOK\na\t1\nc\t3\n(2 keys)\n");
}

TEST_F(Batch, AbortDropsIt) {
  EXPECT_EQ(run("BATCH\nPUT a 1\nABORT\nSCAN\nPUT b 1\n", 0), "OK\nQUEUED\nOK\n(0 keys)\nOK\n");
}

TEST_F(Batch, MayBeEmpty) { EXPECT_EQ(run("batch\ncommit\n", 0), "OK\nOK\n"); }

TEST_F(Batch, IsRefusedAsAWholeIfACommandInItFailed) {
  for (const std::string bad :
       {"PUT b", "PUT \"\" 1", "FOO", "GET \"", "BATCH", "SCAN LIMIT x", "DELETE \"\""}) {
    const std::string replies = run("BATCH\nPUT a 1\n" + bad + "\nCOMMIT\nBATCH\nCOMMIT\n", 1);
    EXPECT_THAT(replies, ::testing::MatchesRegex("OK\nQUEUED\nError: [^\n]*\n"
                                                 "Error: a command of this batch failed[^\n]*\n"
                                                 "OK\nOK\n"));
    EXPECT_EQ(store_.key_count(), 0u);
  }
}

TEST_F(Batch, AGetThatFindsNothingDoesNotSpoilIt) {
  EXPECT_EQ(run("BATCH\nPUT a 1\nGET a\nCOMMIT\nGET a\n", 1),
            "OK\nQUEUED\nError: key not found\nOK\n1\n");
}

TEST_F(Batch, CommitAndAbortNeedOne) {
  for (const char* line : {"COMMIT\n", "ABORT\n"})
    EXPECT_EQ(run(line, 1), "Error: no batch is open; BATCH begins one\n");
}

TEST_F(Batch, LeftOpenItIsDroppedAndReported) {
  const std::string dropped =
      "Error: the open batch was never committed; its 1 write is dropped; end a batch with "
      "COMMIT\n";
  EXPECT_EQ(run("BATCH\nPUT a 1\n", 1), "OK\nQUEUED\n" + dropped);
  EXPECT_EQ(run("BATCH\nPUT a 1\nQUIT\n", 1), "OK\nQUEUED\n" + dropped);
  EXPECT_EQ(store_.key_count(), 0u);
}

TEST_F(Batch, PastItsLimitItIsRefused) {
  std::string input = "BATCH\n";
  for (int i = 0; i < 4; ++i) input += "PUT k " + std::string(kMaxValueSize, 'v') + "\n";
  EXPECT_THAT(run(input + "COMMIT\n", 1),
              ::testing::HasSubstr("QUEUED\nError: the batch would have "));
  EXPECT_EQ(store_.key_count(), 0u);
}

}  // namespace
}  // namespace strata::shell
