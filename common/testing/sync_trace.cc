#include "testing/sync_trace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "testing/child.h"
#include "testing/temporary_directory.h"

namespace strata::testing {

void expect_answers_after_syncs(const std::string& program, const env::Path& data) {
  if (::access("/usr/bin/strace", X_OK) != 0)
    GTEST_SKIP() << "strace is not installed (package strace)";
  const TemporaryDirectory directory;
  const std::string trace = (directory.path() / "trace").string();
  const Ended ended = run_program_with(
      "/usr/bin/strace",
      {"-f", "-o", trace, "-e", "trace=write,pwrite64,fdatasync", program, "--data", data.string()},
      "PUT a 1\nPUT b 2\nPUT c 3\nDELETE a\n");
  if (!std::filesystem::exists(trace) || std::filesystem::file_size(trace) == 0)
    GTEST_SKIP() << "strace may not trace here";
  ASSERT_EQ(ended.out, "OK\nOK\nOK\nOK\nShutting down...\n") << ended.err;
  std::ifstream lines(trace);
  std::string line;
  bool unsynced = false;
  int replies = 0;
  while (std::getline(lines, line)) {
    if (line.find("pwrite64(") != std::string::npos) unsynced = true;
    // strace prints a call in one line. If another thread came in between, it prints two; the
    // second has "<... fdatasync resumed>".
    if (line.find("fdatasync") != std::string::npos && line.ends_with("= 0")) unsynced = false;
    if (line.find("write(1, \"OK") == std::string::npos) continue;
    ++replies;
    EXPECT_FALSE(unsynced) << "reply " << replies << " was written before the sync: " << line;
  }
  EXPECT_EQ(replies, 4);
}

}  // namespace strata::testing
