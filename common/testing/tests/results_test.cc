#include "testing/results.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace strata::testing {
namespace {

using ::testing::Not;

TEST(Results, TellSuccessFromFailureAndOneFailureFromAnother) {
  const Result<int> good = 1;
  const Result<void> bad = io_error("the reason");
  EXPECT_THAT(good, IsOk());
  EXPECT_THAT(bad, Not(IsOk()));
  EXPECT_THAT(bad, FailsWith(ErrorCode::kIo));
  EXPECT_THAT(bad, Not(FailsWith(ErrorCode::kConflict)));
  EXPECT_THAT(good, Not(FailsWith(ErrorCode::kIo)));
}

TEST(Results, ShowTheMessageOfTheError) {
  const Result<void> bad = io_error("the reason");
  EXPECT_EQ(::testing::PrintToString(bad), "the error I/O error: the reason");
  EXPECT_EQ(::testing::PrintToString(bad.error()), "I/O error: the reason");
  EXPECT_EQ(::testing::PrintToString(ErrorCode::kIo), "I/O error");
}

TEST(Results, ShowValuesAndNotTheirBytes) {
  const Result<int> number = 7;
  const Result<std::optional<std::string>> text = std::optional<std::string>("x");
  const Result<std::unique_ptr<int>> pointer = std::make_unique<int>(1);
  EXPECT_EQ(::testing::PrintToString(number), "ok: 7");
  EXPECT_EQ(::testing::PrintToString(text), "ok: (\"x\")");
  EXPECT_EQ(::testing::PrintToString(pointer), "ok");
  EXPECT_EQ(::testing::PrintToString(env::FileKind::kDirectory), "a directory");
  EXPECT_EQ(::testing::PrintToString(env::FileKind::kMissing), "nothing is there");
}

}  // namespace
}  // namespace strata::testing
