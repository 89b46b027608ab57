#include "base/key_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace strata {
namespace {

// Keys that differ before, at and after the end of the bytes that a head keeps; keys that are
// prefixes of others; bytes above 127.
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
