#include "lsm/memtable.h"

#include <gtest/gtest.h>

namespace strata::lsm {
namespace {

class MemtableTest : public ::testing::Test {
 protected:
  void put(std::uint64_t sequence, std::string_view key, std::string_view value) {
    table_->add(SequenceNumber(sequence), {OperationKind::kPut, key, value});
  }
  void remove(std::uint64_t sequence, std::string_view key) {
    table_->add(SequenceNumber(sequence), {OperationKind::kDelete, key, ""});
  }
  // Returns the value, "(deleted)", or "(unknown)". Uses search(), because the filter of get()
  // would hide a wrong search.
  std::string get(std::string_view key, std::uint64_t sequence) const {
    const auto found = table_->search(key, SequenceNumber(sequence));
    EXPECT_EQ(table_->get(key, SequenceNumber(sequence)).has_value(), found.has_value());
    if (!found) return "(unknown)";
    return found->kind == OperationKind::kPut ? std::string(found->value) : "(deleted)";
  }

  const std::shared_ptr<Memtable> table_ = std::make_shared<Memtable>();
};

TEST_F(MemtableTest, ShowsEachReaderTheNewestItMaySee) {
  put(2, "a", "first");
  put(5, "a", "second");
  remove(7, "a");
  put(9, "a", "");
  EXPECT_EQ(get("a", 1), "(unknown)");
  EXPECT_EQ(get("a", 2), "first");
  EXPECT_EQ(get("a", 4), "first");
  EXPECT_EQ(get("a", 6), "second");
  EXPECT_EQ(get("a", 8), "(deleted)");
  EXPECT_EQ(get("a", 100), "") << "an empty value is a value";
}

TEST_F(MemtableTest, KnowsADeletionOfAKeyThatItNeverHad) {
  remove(3, "gone");
  EXPECT_EQ(get("gone", 10), "(deleted)");
}

TEST_F(MemtableTest, KnowsNothingOfNeighbours) {
  put(1, "b", "value");
  put(2, "cde", "value");
  for (const char* key : {"a", "bb", "c", "cd", "cdf", "d", "B"})
    EXPECT_EQ(get(key, 10), "(unknown)") << key;
}

TEST_F(MemtableTest, AnIteratorKeepsItAlive) {
  auto table = std::make_shared<Memtable>();
  table->add(SequenceNumber(1), {OperationKind::kPut, "a", "1"});
  const auto it = Memtable::iterate(std::move(table));
  it->seek_to_first();
  ASSERT_TRUE(it->valid());
  EXPECT_EQ(it->key().user_key, "a");
  EXPECT_EQ(it->value(), "1");
  it->next();
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status().has_value());
}

// Keys that share the bytes of a head, with several versions, and equal heads.
TEST_F(MemtableTest, LoadedAtOnceIsAsIfAddedOneByOne) {
  const auto loaded = std::make_shared<Memtable>();
  MemtableLoader loader(*loaded);
  std::uint64_t state = 1;
  for (std::uint64_t sequence = 1; sequence <= 5000; ++sequence) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const std::string key = (state >> 63 ? "" : "a long beginning that all share ") +
                            std::to_string((state >> 33) % 1500);
    const auto kind = state >> 60 ? OperationKind::kPut : OperationKind::kDelete;
    const std::string value = kind == OperationKind::kPut ? key + "!" : "";
    const Operation operation{kind, key, value};
    table_->add(SequenceNumber(sequence), operation);
    loader.add(SequenceNumber(sequence), operation);
  }
  loader.finish();
  EXPECT_EQ(loaded->entries(), table_->entries());
  const auto expected = Memtable::iterate(table_);
  const auto found = Memtable::iterate(loaded);
  found->seek_to_first();
  for (expected->seek_to_first(); expected->valid(); expected->next(), found->next()) {
    ASSERT_TRUE(found->valid());
    ASSERT_EQ(found->key().user_key, expected->key().user_key);
    ASSERT_EQ(found->key().tag, expected->key().tag);
    ASSERT_EQ(found->value(), expected->value());
    const auto got = loaded->get(expected->key().user_key, expected->key().sequence());
    ASSERT_TRUE(got && got->value == expected->value()) << "by a search, along all lanes";
  }
  EXPECT_FALSE(found->valid());
  found->seek_to_last();
  expected->seek_to_last();
  EXPECT_EQ(found->key().user_key, expected->key().user_key);
}

TEST_F(MemtableTest, AddsBehindWhatWasLoaded) {
  const auto loaded = std::make_shared<Memtable>();
  MemtableLoader loader(*loaded);
  for (std::uint64_t i = 1; i <= 100; ++i)
    loader.add(SequenceNumber(i), {OperationKind::kPut, std::to_string(i * 2), "old"});
  loader.finish();
  for (std::uint64_t i = 1; i <= 100; ++i)
    loaded->add(SequenceNumber(100 + i), {OperationKind::kPut, std::to_string(i * 2 - 1), "new"});
  for (std::uint64_t i = 1; i <= 200; ++i)
    EXPECT_EQ(loaded->get(std::to_string(i), kMaxSequence)->value, i % 2 == 0 ? "old" : "new");
}

TEST_F(MemtableTest, CountsEntriesAndMemory) {
  EXPECT_TRUE(table_->empty());
  put(1, "a", std::string(100'000, 'v'));
  remove(2, "a");
  EXPECT_EQ(table_->entries(), 2u);
  EXPECT_GT(table_->memory(), 100'000u);
}

}  // namespace
}  // namespace strata::lsm
