#include "base/assert.h"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Assert, LetsATrueConditionPassAndEvaluatesItOnce) {
  int looked = 0;
  STRATA_ASSERT(++looked == 1);
  EXPECT_EQ(looked, 1);
}

TEST(AssertDeathTest, NamesTheExpressionAndThePlaceInEveryBuild) {
  EXPECT_DEATH(STRATA_ASSERT(1 > 2), "assert_test.cc:[0-9]+: assertion failed: 1 > 2");
}

}  // namespace
}  // namespace strata
