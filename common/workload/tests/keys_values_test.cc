#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "workload/keys.h"
#include "workload/values.h"

namespace strata::workload {
namespace {

TEST(KeyWriter, PadsWithZerosSoThatByteOrderIsNumberOrder) {
  KeyWriter keys(16);
  EXPECT_EQ(keys.key(0), "0000000000000000");
  EXPECT_EQ(keys.key(1234567890123456), "1234567890123456");
  EXPECT_EQ(keys.key(90), "0000000000000090");
  EXPECT_LT(std::string(keys.key(99)), std::string(keys.key(100)));
}

TEST(KeyWriter, AMissingKeyLiesBetweenTwoThatAreThere) {
  KeyWriter keys(8);
  const std::string before(keys.key(41));
  const std::string missing(keys.missing(41));
  EXPECT_LT(before, missing);
  EXPECT_LT(missing, keys.key(42));
}

TEST(Shuffle, VisitsEveryNumberOnce) {
  for (const std::uint64_t count : {1U, 2U, 3U, 16U, 1000U, 4097U}) {
    const Shuffle order(count, 5);
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < count; ++i) seen.insert(order[i]);
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(*seen.rbegin(), count - 1);
  }
}

TEST(Shuffle, LeavesFewNumbersWhereTheyWere) {
  const Shuffle order(10'000, 1);
  int ascents = 0;
  for (std::uint64_t i = 0; i + 1 < 10'000; ++i) ascents += order[i] < order[i + 1];
  EXPECT_NEAR(ascents, 5000, 300);
}

TEST(KeySpace, ShowsAnInsertOnlyWhenAllBeforeItAreAcknowledged) {
  KeySpace keys(10);
  const auto first = keys.begin_insert();
  const auto second = keys.begin_insert();
  keys.acknowledge(second);
  EXPECT_EQ(keys.size(), 10U);
  keys.acknowledge(first);
  EXPECT_EQ(keys.size(), 12U);
}

TEST(Values, BelongToTheirKey) {
  for (const std::size_t size : {0U, 3U, 8U, 100U, 3'000'000U}) {
    const ValuePool pool(size, 1);
    ValueWriter values(pool, 99);
    for (const std::string key : {"a", "0000000000000017"}) {
      const auto value = values.value_for(key);
      EXPECT_EQ(value.size(), size);
      EXPECT_TRUE(verify_value(key, value, size).has_value());
      if (size >= 3) {
        EXPECT_FALSE(verify_value("b", value, size).has_value());
      }
      EXPECT_FALSE(verify_value(key, std::string(value) + "x", size).has_value());
    }
  }
}

TEST(Values, DifferFromWriteToWrite) {
  const ValuePool pool(100, 1);
  ValueWriter values(pool, 0);
  const std::string first(values.value_for("k"));
  EXPECT_NE(first, values.value_for("k"));
}

TEST(Values, RepeatThemselvesOnceInAHundredBytesSoThatTheyHalve) {
  const ValuePool pool(10'000, 1);
  const auto text = pool.slice(0);
  EXPECT_EQ(text.substr(0, 50), text.substr(50, 50));
  EXPECT_NE(text.substr(0, 50), text.substr(100, 50));
}

}  // namespace
}  // namespace strata::workload
