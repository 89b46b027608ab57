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
  // The value, "(deleted)", or "(unknown)".
  std::string get(std::string_view key, std::uint64_t sequence) const {
    const auto found = table_->get(key, SequenceNumber(sequence));
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

TEST_F(MemtableTest, CountsEntriesAndMemory) {
  EXPECT_TRUE(table_->empty());
  put(1, "a", std::string(100'000, 'v'));
  remove(2, "a");
  EXPECT_EQ(table_->entries(), 2u);
  EXPECT_GT(table_->memory(), 100'000u);
}

}  // namespace
}  // namespace strata::lsm
