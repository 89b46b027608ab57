#include "shell/trace_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::shell {
namespace {

using testing::FailsWith;
using testing::IsOk;

TEST(TraceFile, MakesTheFolderOfItsFile) {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "a new" / "folder" / "trace.json";
  {
    const auto trace = TraceFile::open(file.string(), "a-program");
    ASSERT_THAT(trace, IsOk());
    EXPECT_THAT((*trace)->finish(), IsOk());
  }
  EXPECT_TRUE(std::filesystem::is_regular_file(file));
}

TEST(TraceFile, SaysSoWhereTheFolderCannotBe) {
  const testing::TemporaryDirectory directory;
  const auto plain = directory.path() / "file";
  std::ofstream(plain) << "x";
  EXPECT_THAT(TraceFile::open((plain / "trace.json").string(), "a-program"),
              FailsWith(ErrorCode::kIo));
}

}  // namespace
}  // namespace strata::shell
