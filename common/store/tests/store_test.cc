// What store.h defines itself: ranges, figures, sync modes, batches of one.
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory_store.h"
#include "testing/results.h"

namespace strata {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(KeyRange, APrefixHoldsExactlyTheKeysThatStartWithIt) {
  const KeyRange range = KeyRange::prefix("user:");
  for (const char* inside : {"user:", "user:1", "user:\xff\xff"})
    EXPECT_TRUE(range.contains(inside));
  for (const char* outside : {"", "user", "user9", "user;", "v"})
    EXPECT_FALSE(range.contains(outside)) << outside;
  EXPECT_EQ(range.to, "user;");
}

TEST(KeyRange, APrefixThatEndsInTheLastByteCarriesOver) {
  EXPECT_EQ(KeyRange::prefix("a\xff\xff").to, "b");
  EXPECT_EQ(KeyRange::prefix("\x7f").to, "\x80");
  EXPECT_EQ(KeyRange::prefix("\xff\xff").to, std::nullopt);
  EXPECT_EQ(KeyRange::prefix("\xff").from, "\xff");
}

TEST(KeyRange, TheEmptyPrefixIsEverything) {
  EXPECT_TRUE(KeyRange::prefix("").contains("\xff"));
  EXPECT_EQ(KeyRange::prefix("").to, std::nullopt);
  EXPECT_TRUE(KeyRange::all().contains(""));
}

TEST(KeyRange, HoldsItsBeginningButNotItsEnd) {
  const KeyRange range{"b", "d"};
  EXPECT_FALSE(range.contains("az"));
  EXPECT_TRUE(range.contains("b"));
  EXPECT_TRUE(range.contains("c\xff"));
  EXPECT_FALSE(range.contains("d"));
}

TEST(Stat, IsTextForPeople) {
  EXPECT_EQ((Stat{"n", std::uint64_t{1234567}}).text(), "1234567");
  EXPECT_EQ((Stat{"n", 2.345}).text(), "2.35");
  EXPECT_EQ((Stat{"n", std::string("words")}).text(), "words");
}

TEST(SyncMode, WordsAndModesAreTheSameThing) {
  for (const char* word : {"always", "interval", "never"})
    EXPECT_EQ(name_of(parse_sync_mode(word).value()), word);
  const auto unknown = parse_sync_mode("Always");
  EXPECT_THAT(unknown, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(unknown.error().message, HasSubstr("always, interval or never"));
}

TEST(Store, PutAndRemoveAreBatchesOfOne) {
  MemoryStore store;
  EXPECT_THAT(store.put("k", "v"), IsOk());
  EXPECT_EQ(store.get("k").value(), "v");
  EXPECT_THAT(store.remove("k"), IsOk());
  EXPECT_EQ(store.get("k").value(), std::nullopt);
  EXPECT_THAT(store.put("", "v"), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace strata
