#include "base/key_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace strata {
namespace {

// Keys that part before, at and behind the bytes that are kept, some of them prefixes of
// others, and bytes beyond 127.
TEST(HeadedKey, ComparesAsTheKeyDoes) {
  std::vector<std::string> keys{
      "", "a", "b", "\x7f", "\x80", std::string("a\0", 2), std::string("a\0\0", 3), "\xff\xff"};
  for (const std::size_t size : {14u, 15u, 16u, 17u, 18u, 40u})
    for (const char last : {'a', 'b', '\xfe'}) keys.push_back(std::string(size, 'a') + last);
  for (const std::string& a : keys)
    for (const std::string& b : keys)
      EXPECT_EQ(HeadedKey(a) <=> HeadedKey(b), a.compare(b) <=> 0) << a << ' ' << b;
}

}  // namespace
}  // namespace strata
