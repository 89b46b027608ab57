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
  const Result<void> bad = io_error("the reason");
  EXPECT_EQ(::testing::PrintToString(bad), "the error I/O error: the reason");
}

}  // namespace
}  // namespace strata::testing
