#include "store/memory_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/model.h"
#include "testing/results.h"
#include "testing/store_suite.h"

namespace strata {
namespace {

using testing::FailsWith;
using testing::IsOk;

const bool kSuite = testing::register_store_suite(
    "MemoryStore", [](const env::Path&) { return std::make_unique<MemoryStore>(); });

void put_all(MemoryStore& store, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) ASSERT_THAT(store.put(key, key), IsOk());
}

// What live_bytes() has to be.
std::uint64_t bytes_in(const testing::Model& contents) {
  std::uint64_t bytes = 0;
  for (const auto& [key, value] : contents) bytes += key.size() + value.size();
  return bytes;
}

TEST(MemoryStoreApply, TakesSeveralBatchesInOrder) {
  MemoryStore store;
  WriteBatch first;
  WriteBatch second;
  first.put("a", "1").put("b", "1");
  second.remove("a").put("b", "2");
  const WriteBatch* const both[] = {&first, &second};
  store.apply(both);
  EXPECT_EQ(testing::contents_of(store).value(), (testing::Model{{"b", "2"}}));
}

TEST(MemoryStoreApply, KeepsCountOfKeysAndBytes) {
  MemoryStore store;
  put_all(store, {"a", "bb"});
  EXPECT_EQ(store.key_count(), 2u);
  EXPECT_EQ(store.live_bytes(), 6u);
  ASSERT_THAT(store.put("a", "12345"), IsOk());
  ASSERT_THAT(store.remove("bb"), IsOk());
  ASSERT_THAT(store.remove("bb"), IsOk());
  EXPECT_EQ(store.key_count(), 1u);
  EXPECT_EQ(store.live_bytes(), 6u);
}

// The same operations, one by one and sorted, from the same beginning.
TEST(MemoryStoreApply, SortedIsTheSameAsOneByOne) {
  env::Random random(5);
  MemoryStore sorted;
  testing::Model model;
  for (int round = 0; round < 400; ++round) {
    WriteBatch batch;
    for (int key = 0; key < 60; ++key) {
      if (random.one_in(3)) batch.put(fmt::format("{:02}", key), std::string(random.below(9), 'v'));
      if (random.one_in(5) &&
          (batch.empty() || batch[batch.count() - 1].key != fmt::format("{:02}", key)))
        batch.remove(fmt::format("{:02}", key));
    }
    std::vector<Change> changes;
    for (const auto [kind, key, value] : batch) changes.push_back({kind, Row(key, value)});
    sorted.apply_sorted(std::move(changes));
    testing::apply(batch, model);
    ASSERT_EQ(testing::contents_of(sorted).value(), model) << "seed 5, round " << round;
    ASSERT_EQ(sorted.live_bytes(), bytes_in(model));
    ASSERT_EQ(sorted.key_count(), model.size());
  }
}

TEST(MemoryStoreCopySome, CopiesAllOfItPieceByPiece) {
  MemoryStore store;
  testing::Model model;
  for (int i = 0; i < 100; ++i) {
    const std::string key = fmt::format("{:03}", i);
    ASSERT_THAT(store.put(key, std::string(static_cast<std::size_t>(i), 'v')), IsOk());
    model[key] = std::string(static_cast<std::size_t>(i), 'v');
  }
  MemoryStore copy;
  int pieces = 0;
  for (std::optional<std::string> from = ""; from; ++pieces) {
    WriteBatch batch;
    from = store.copy_some(*from, 500, batch);
    if (from) {
      EXPECT_GE(batch.byte_size(), 500u);
    }
    ASSERT_THAT(copy.write(batch), IsOk());
  }
  EXPECT_GT(pieces, 5);
  EXPECT_EQ(testing::contents_of(copy).value(), model);
}

TEST(MemoryStoreCopySome, OfNothingIsNothing) {
  MemoryStore store;
  WriteBatch batch;
  EXPECT_EQ(store.copy_some("", 500, batch), std::nullopt);
  EXPECT_TRUE(batch.empty());
  put_all(store, {"a", "b"});
  EXPECT_EQ(store.copy_some("b", 1, batch), std::nullopt);
  ASSERT_EQ(batch.count(), 1u);
  EXPECT_EQ(batch[0].key, "b");
  EXPECT_EQ(store.copy_some("a", 1, batch), "a") << "the batch is full already";
}

TEST(MemoryStoreSnapshot, OfAnotherKindIsRefused) {
  class Foreign final : public Snapshot {};
  MemoryStore store;
  const auto foreign = std::make_shared<const Foreign>();
  EXPECT_THAT(store.get("k", {foreign}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(store.scan({.snapshot = foreign}), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace strata
