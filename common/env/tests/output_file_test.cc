#include "env/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/results.h"
#include "testing/temporary_directory.h"
#include "testing/unprivileged.h"

namespace strata::env {
namespace {

using testing::FailsWith;
using testing::IsOk;

class CheckOutput : public ::testing::Test {
 protected:
  std::string file(const std::string& content) {
    const auto path = directory_.path() / "file";
    std::ofstream(path) << content;
    return path;
  }

  const testing::Unprivileged user_;
  const testing::TemporaryDirectory directory_;
};

TEST_F(CheckOutput, TakesANewNameAnEmptyFileAndOneOfItsKind) {
  EXPECT_THAT(check_output(directory_.path() / "new", "STRATA"), IsOk());
  EXPECT_THAT(check_output("/dev/null", "STRATA"), IsOk());
  for (const char* content : {"", "STRATA", "STRATA and more"})
    EXPECT_THAT(check_output(file(content), "STRATA"), IsOk()) << content;
}

TEST_F(CheckOutput, ReplacesNothingElse) {
  for (const char* content : {"STRAT", "a thesis"})
    EXPECT_THAT(check_output(file(content), "STRATA"), FailsWith(ErrorCode::kConflict)) << content;
}

TEST_F(CheckOutput, ReplacesNothingThatItCannotRead) {
  const std::string unread = file("STRATA");
  std::filesystem::permissions(unread, std::filesystem::perms::owner_write);
  EXPECT_THAT(check_output(unread, "STRATA"), FailsWith(ErrorCode::kConflict));
}

}  // namespace
}  // namespace strata::env
