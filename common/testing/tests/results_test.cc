#include "testing/results.h"

#include <gtest/gtest.h>

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
  ::testing::StringMatchResultListener listener;
  EXPECT_FALSE(
      ::testing::ExplainMatchResult(IsOk(), Result<void>(io_error("the reason")), &listener));
  EXPECT_EQ(listener.str(), "it failed: the reason");
}

}  // namespace
}  // namespace strata::testing
