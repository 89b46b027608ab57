#include "base/not_written.h"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(NotWritten, NamesTheTaskAndWhereToFindHelp) {
  try {
    throw NotWritten("1.2");
  } catch (const std::runtime_error& thrown) {
    EXPECT_STREQ(thrown.what(), "task 1.2 is not written yet; see: ./strata hint 1.2");
  }
  EXPECT_EQ(NotWritten{"1.2"}.task(), "1.2");
}

}  // namespace
}  // namespace strata
