#include "testing/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "store/memory_store.h"
#include "testing/results.h"

namespace strata::testing {
namespace {

TEST(Model, AppliesABatchInOrder) {
  Model model{{"a", "0"}};
  WriteBatch batch;
  batch.put("b", "1").remove("a").put("b", "2").remove("never there");
  testing::apply(batch, model);
  EXPECT_EQ(model, (Model{{"b", "2"}}));
}

TEST(Model, IsReadFromAStore) {
  MemoryStore store;
  ASSERT_THAT(store.put("b", "2"), IsOk());
  ASSERT_THAT(store.put("a", ""), IsOk());
  EXPECT_EQ(contents_of(store).value(), (Model{{"a", ""}, {"b", "2"}}));
}

TEST(Difference, IsEmptyForTwoThatAreTheSame) {
  EXPECT_EQ(difference({}, {}), "");
  EXPECT_EQ(difference({{"a", "1"}}, {{"a", "1"}}), "");
}

TEST(Difference, NamesTheKey) {
  EXPECT_EQ(difference({{"a", "1"}}, {}), "key 'a' is missing");
  EXPECT_EQ(difference({{"a", "1"}}, {{"a", "2"}}), "key 'a' is '2', not '1'");
  EXPECT_EQ(difference({}, {{"a", "1"}}), "key 'a' should not be there");
}

TEST(RandomBatch, IsTheSameForTheSameSeed) {
  env::Random first(3);
  env::Random second(3);
  for (std::uint64_t number = 0; number < 50; ++number) {
    Model one;
    Model other;
    testing::apply(random_batch(first, number, {}), one);
    testing::apply(random_batch(second, number, {}), other);
    EXPECT_EQ(one, other);
  }
}

TEST(RandomBatch, PutsAndDeletesAndNoValueTwice) {
  env::Random random(4);
  const RandomBatches shape{.keys = 5, .max_value_bytes = 10, .max_batch = 3};
  std::set<std::string> keys;
  std::set<std::string> values;
  std::size_t puts = 0;
  std::size_t deletes = 0;
  std::size_t largest = 0;
  for (std::uint64_t number = 0; number < 300; ++number) {
    const WriteBatch batch = random_batch(random, number, shape);
    largest = std::max(largest, batch.count());
    for (const Operation operation : batch) {
      keys.emplace(operation.key);
      const bool put = operation.kind == OperationKind::kPut;
      ++(put ? puts : deletes);
      if (put) values.emplace(operation.value);
    }
  }
  EXPECT_EQ(keys.size(), 5u);
  EXPECT_EQ(values.size(), puts);
  EXPECT_GT(deletes, 30u);
  EXPECT_EQ(largest, 3u);
}

}  // namespace
}  // namespace strata::testing
