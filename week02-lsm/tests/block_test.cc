#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/bytes.h"
#include "env/random.h"
#include "lsm/block.h"
#include "lsm/block_builder.h"

namespace strata::lsm {
namespace {

std::string bytes_of(std::string_view user_key, std::uint64_t sequence = 1) {
  std::string bytes;
  append_key({user_key, SequenceNumber(sequence), OperationKind::kPut}, bytes);
  return bytes;
}

EntryKey target(std::string_view user_key) { return EntryKey::visible_at(user_key, kMaxSequence); }

std::shared_ptr<const Block> block_of(const std::map<std::string, std::string>& entries,
                                      std::size_t restart_interval) {
  BlockBuilder builder(restart_interval);
  for (const auto& [key, value] : entries) builder.add(bytes_of(key), value);
  EXPECT_EQ(builder.entries(), entries.size());
  auto block = Block::parse(std::string(builder.finish()));
  EXPECT_TRUE(block.has_value());
  return *block;
}

std::map<std::string, std::string> some_entries(int count) {
  std::map<std::string, std::string> entries;
  for (int i = 0; i < count; ++i)
    entries[fmt::format("user:{:04}", i * 3)] = std::string(static_cast<std::size_t>(i % 50), 'v');
  return entries;
}

// Each restart points to an entry whose key is stored in full.
TEST(BlockBuilder, KeepsEveryFourthKeyWhole) {
  BlockBuilder builder(4);
  for (int i = 0; i < 15; ++i) builder.add(bytes_of(fmt::format("user:{:04}", i)), "v");
  const std::string contents(builder.finish());
  const auto number_at = [&](std::size_t from_the_end) {
    return load_little_endian<std::uint32_t>(
        as_bytes(contents).subspan(contents.size() - from_the_end).data());
  };
  ASSERT_EQ(number_at(4), 4u) << "restarts";
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t restart = number_at(4 + 4 * (4 - i));
    EXPECT_EQ(contents[restart], 0) << "the entry at restart " << i << " shares bytes";
    EXPECT_EQ(contents.substr(restart + 3, 9), fmt::format("user:{:04}", 4 * i));
  }
}

class Blocks : public ::testing::TestWithParam<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(RestartIntervals, Blocks, ::testing::Values(1, 2, 16, 1000));

TEST_P(Blocks, GiveBackEveryEntryForwardsAndBackwards) {
  const auto entries = some_entries(100);
  const auto it = std::make_unique<BlockIterator>(block_of(entries, GetParam()));
  it->seek_to_first();
  for (const auto& [key, value] : entries) {
    ASSERT_TRUE(it->valid());
    EXPECT_EQ(it->key().user_key, key);
    EXPECT_EQ(it->value(), value);
    it->next();
  }
  EXPECT_FALSE(it->valid());
  it->seek_to_last();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    ASSERT_TRUE(it->valid());
    EXPECT_EQ(it->key().user_key, entry->first);
    EXPECT_EQ(it->value(), entry->second);
    it->prev();
  }
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status().has_value());
}

TEST_P(Blocks, SeekToTheFirstThatIsNotLess) {
  const auto entries = some_entries(100);
  const auto it = std::make_unique<BlockIterator>(block_of(entries, GetParam()));
  for (int i = -1; i < 302; ++i) {
    const std::string key = i < 0 ? "a" : fmt::format("user:{:04}", i);
    it->seek(target(key));
    const auto expected = entries.lower_bound(key);
    ASSERT_EQ(it->valid(), expected != entries.end()) << key;
    if (it->valid()) {
      ASSERT_EQ(it->key().user_key, expected->first);
    }
  }
}

TEST(BlockBuilder, SharesPrefixesAndRestarts) {
  BlockBuilder builder(2);
  builder.add("abcX", "1");
  builder.add("abcY", "22");
  builder.add("abd", "");
  EXPECT_EQ(builder.last_key(), "abd");
  const std::string expected(
      "\x00\x04\x01"
      "abcX1"
      "\x03\x01\x02"
      "Y22"
      "\x00\x03\x00"
      "abd"
      "\x00\x00\x00\x00"
      "\x0e\x00\x00\x00"
      "\x02\x00\x00\x00",
      32);
  EXPECT_EQ(builder.size(), expected.size());
  EXPECT_EQ(builder.finish(), expected);
  builder.reset();
  EXPECT_TRUE(builder.empty());
}

// The next block must be readable without the one before.
TEST(BlockBuilder, BeginsAfreshAfterAReset) {
  BlockBuilder fresh(2);
  fresh.add("abd", "1");
  BlockBuilder used(2);
  for (const char* key : {"abc", "abcd", "abce"}) used.add(key, "value");
  used.finish();
  used.reset();
  EXPECT_EQ(used.entries(), 0u);
  used.add("abd", "1");
  EXPECT_EQ(used.size(), fresh.size());
  EXPECT_EQ(used.finish(), fresh.finish());
}

TEST(Block, OfNothingHasNothing) {
  BlockBuilder builder(16);
  const auto block = Block::parse(std::string(builder.finish()));
  ASSERT_TRUE(block.has_value());
  const auto it = std::make_unique<BlockIterator>(*block);
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
  it->seek_to_last();
  EXPECT_FALSE(it->valid());
  it->seek(target("a"));
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status().has_value());
}

TEST(Block, RefusesRestartsThatDoNotFit) {
  for (const std::string& bytes :
       {std::string(), std::string("\1\0\0\0", 4), std::string("\0\0\0\0\0\0\0\0", 8),
        std::string("\0\0\0\0\2\0\0\0", 8), std::string("\0\0\0\0\xff\xff\xff\xff", 8)})
    EXPECT_EQ(Block::parse(bytes).error().code, ErrorCode::kCorruption);
}

// For any bytes: no read outside of the block (the sanitizer checks this), and every walk ends.
TEST(Block, SurvivesAnyDamage) {
  BlockBuilder builder(3);
  for (const auto& [key, value] : some_entries(20)) builder.add(bytes_of(key), value);
  const std::string good(builder.finish());
  env::Random random(23);
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (int i = 0; i < 3; ++i) bad[random.below(bad.size())] = static_cast<char>(random.next());
    const auto block = Block::parse(bad);
    if (!block) continue;
    const auto it = std::make_unique<BlockIterator>(*block);
    std::size_t steps = 0;
    for (it->seek_to_first(); it->valid(); it->next()) ASSERT_LT(++steps, bad.size());
    it->seek(target("user:0030"));
    for (it->seek_to_last(), steps = 0; it->valid(); it->prev()) ASSERT_LT(++steps, bad.size());
  }
}

}  // namespace
}  // namespace strata::lsm
