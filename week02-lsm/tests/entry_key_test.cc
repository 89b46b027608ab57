#include "lsm/entry_key.h"

#include <gtest/gtest.h>

namespace strata::lsm {
namespace {

EntryKey key(std::string_view user_key, std::uint64_t sequence,
             OperationKind kind = OperationKind::kPut) {
  return {user_key, SequenceNumber(sequence), kind};
}

TEST(EntryKey, OrdersByKeyThenNewestFirst) {
  EXPECT_LT(key("a", 1), key("b", 1));
  EXPECT_LT(key("a", 9), key("a", 3));
  EXPECT_LT(key("a", 1), key("aa", 9));
  EXPECT_LT(key("\x7f", 1), key("\x80", 1)) << "bytes are unsigned";
  EXPECT_LT(key("a", 1, OperationKind::kDelete), key("a", 1, OperationKind::kPut));
}

TEST(EntryKey, ASearchAtASequenceBeginsBeforeWhatItMaySee) {
  const EntryKey at = EntryKey::visible_at("a", SequenceNumber(5));
  EXPECT_LT(key("a", 6), at);
  EXPECT_LT(at, key("a", 5, OperationKind::kDelete));
  EXPECT_LT(at, key("a", 5));
  EXPECT_LT(EntryKey::visible_at("a", kMaxSequence), key("a", kMaxSequence.value()));
}

TEST(EntryKey, GoesThroughBytes) {
  std::string bytes;
  append_key(key("user", 0x010203, OperationKind::kDelete), bytes);
  EXPECT_EQ(bytes, std::string("user\x02\x03\x02\x01\0\0\0\0", 12));
  const auto parsed = parse_key(bytes);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, key("user", 0x010203, OperationKind::kDelete));
}

TEST(EntryKey, RefusesBytesThatAreNone) {
  EXPECT_FALSE(parse_key("").has_value());
  EXPECT_FALSE(parse_key(std::string("\x01\0\0\0\0\0\0\0", 8)).has_value()) << "no user key";
  EXPECT_FALSE(parse_key(std::string("a\x07\0\0\0\0\0\0\0", 9)).has_value()) << "unknown kind";
}

}  // namespace
}  // namespace strata::lsm
