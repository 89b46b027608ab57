#include "store/write_batch.h"

#include <gtest/gtest.h>

#include <vector>

namespace strata {
namespace {

static_assert(std::forward_iterator<WriteBatch::Iterator> ||
              std::input_iterator<WriteBatch::Iterator>);

TEST(WriteBatch, KeepsItsOperationsInOrder) {
  WriteBatch batch;
  batch.put("a", "1").remove("b").put("a", "").put("", std::string_view("\0x", 2));
  ASSERT_EQ(batch.count(), 4u);
  EXPECT_EQ(batch[0].kind, OperationKind::kPut);
  EXPECT_EQ(batch[0].key, "a");
  EXPECT_EQ(batch[0].value, "1");
  EXPECT_EQ(batch[1].kind, OperationKind::kDelete);
  EXPECT_EQ(batch[1].key, "b");
  EXPECT_EQ(batch[1].value, "");
  EXPECT_EQ(batch[2].value, "");
  EXPECT_EQ(batch[3].value, std::string_view("\0x", 2));
}

TEST(WriteBatch, CopiesWhatItIsGiven) {
  WriteBatch batch;
  std::string key = "key";
  batch.put(key, key);
  key = "changed";
  EXPECT_EQ(batch[0].key, "key");
  EXPECT_EQ(batch[0].value, "key");
}

TEST(WriteBatch, RefersToWhatItIsNotToCopy) {
  const std::string key = "key", value = "value";
  WriteBatch batch;
  batch.put("a", "1")
      .refer_to({OperationKind::kPut, key, value})
      .refer_to({OperationKind::kPut, {}, {}})
      .refer_to({OperationKind::kDelete, key, {}})
      .put("b", "2");
  EXPECT_EQ(batch[1].key.data(), key.data());
  EXPECT_EQ(batch[1].value.data(), value.data());
  EXPECT_EQ(batch[2].key, "");
  EXPECT_EQ(batch[3].kind, OperationKind::kDelete);
  EXPECT_EQ(batch[3].key, "key");
  EXPECT_EQ(batch[4].key, "b");
  EXPECT_EQ(batch[4].value, "2");
  EXPECT_EQ(batch.byte_size(), 4 + 8 + 3 + 5 * kOperationOverhead);
  const WriteBatch copy = batch;
  batch.truncate(1);
  EXPECT_EQ(batch.byte_size(), 2 + kOperationOverhead);
  EXPECT_EQ(copy[1].value, "value");
  batch.refer_to({OperationKind::kPut, key, value});
  const WriteBatch moved = std::move(batch);
  batch.clear();
  EXPECT_EQ(batch.byte_size(), 0u);
}

TEST(WriteBatch, CanBeWalked) {
  WriteBatch batch;
  EXPECT_EQ(batch.begin(), batch.end());
  batch.put("a", "1").put("b", "2").remove("c");
  std::vector<std::string> keys;
  for (const Operation operation : batch) keys.emplace_back(operation.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "b", "c"}));
  auto it = batch.begin();
  EXPECT_EQ((*it++).key, "a");
  EXPECT_EQ((*it).key, "b");
}

TEST(WriteBatch, CountsKeysValuesAndOverhead) {
  WriteBatch batch;
  EXPECT_EQ(batch.byte_size(), 0u);
  batch.put("key", "value").remove("key");
  EXPECT_EQ(batch.byte_size(), 8 + 3 + 2 * kOperationOverhead);
}

TEST(WriteBatch, ClearEmptiesItForTheNextUse) {
  WriteBatch batch;
  batch.put("a", "1");
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.byte_size(), 0u);
  batch.remove("b");
  EXPECT_EQ(batch[0].key, "b");
}

}  // namespace
}  // namespace strata
