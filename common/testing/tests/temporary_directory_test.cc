#include "testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>

namespace strata::testing {
namespace {

TEST(TemporaryDirectory, IsANewOneEachTimeAndGoesWithWhatIsInIt) {
  env::Path path;
  {
    const TemporaryDirectory one;
    const TemporaryDirectory other;
    path = one.path();
    EXPECT_NE(one.path(), other.path());
    EXPECT_TRUE(std::filesystem::is_empty(path));
    std::filesystem::create_directories(path / "a" / "b");
    std::ofstream(path / "a" / "f") << "text";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace strata::testing
