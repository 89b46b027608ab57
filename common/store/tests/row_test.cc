#include "store/row.h"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Row, HoldsAKeyAndAValue) {
  const Row row("key", "value");
  EXPECT_EQ(row.key(), "key");
  EXPECT_EQ(row.value(), "value");
  EXPECT_EQ(Row("key", "").value(), "");
}

TEST(Row, IsOrderedByItsKeyAlone) {
  const RowOrder less;
  EXPECT_TRUE(less(Row("a", "z"), Row("b", "a")));
  EXPECT_FALSE(less(Row("a", "1"), Row("a", "2")));
  EXPECT_TRUE(less(Row("a", ""), HeadedKey("aa")));
  EXPECT_TRUE(less(HeadedKey("a"), Row("aa", "")));
  EXPECT_FALSE(less(HeadedKey("b"), Row("aa", "")));
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
