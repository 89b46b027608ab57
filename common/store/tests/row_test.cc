#include "store/row.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace strata {
namespace {

int sign(int order) { return (order > 0) - (order < 0); }

TEST(Row, HoldsAKeyAndAValue) {
  const Row row("key", "value");
  EXPECT_EQ(row.key(), "key");
  EXPECT_EQ(row.value(), "value");
  EXPECT_EQ(Row("key", "").value(), "");
}

// Keys that part before, at and behind the bytes that stand in the row itself, some of
// them prefixes of others, and bytes beyond 127.
TEST(Row, ComparesAsItsKeyDoes) {
  std::vector<std::string> keys{"a", "b", "\x7f", "\x80", std::string("a\0", 2), "\xff\xff"};
  for (const std::size_t size : {14u, 15u, 16u, 17u, 18u, 40u})
    for (const char last : {'a', 'b', '\xfe'}) keys.push_back(std::string(size, 'a') + last);
  for (const std::string& a : keys)
    for (const std::string& b : keys) {
      EXPECT_EQ(sign(Row(a, "").compare(b)), sign(std::string_view(a).compare(b))) << a << ' ' << b;
      EXPECT_EQ(RowOrder()(Row(a, ""), b), a < b);
      EXPECT_EQ(RowOrder()(a, Row(b, "")), a < b);
      EXPECT_EQ(RowOrder()(Row(a, ""), Row(b, "")), a < b);
    }
}

TEST(Row, TakesValuesOfAnySize) {
  const Row row("key", "one");
  for (const std::string_view value : {"two", "", "three", "x"}) {
    row.set_value(value);
    EXPECT_EQ(row.key(), "key");
    EXPECT_EQ(row.value(), value);
  }
  row.replace_by(Row("key", "another row's"));
  EXPECT_EQ(row.value(), "another row's");
}

TEST(Row, ACopyIsItsOwn) {
  const Row row("key", "one");
  const Row copy = row;
  row.set_value("two");
  EXPECT_EQ(copy.value(), "one");
}

}  // namespace
}  // namespace strata
