// Which keys of a move have changed.
#include "shard/change_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::shard {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> keys(const ChangeLog::Changes& changes) {
  std::vector<std::string> all;
  for (const ChangeLog::Change& change : changes.changes) all.push_back(change.key);
  return all;
}

TEST(ChangeLog, GivesKeysInTheOrderOfTheirLastChanges) {
  ChangeLog log;
  for (const char* key : {"a", "b", "a", "c"}) log.note(key);
  const ChangeLog::Changes all = log.after(0, 10);
  EXPECT_THAT(keys(all), ElementsAre("b", "a", "c"));
  EXPECT_TRUE(all.end);
  EXPECT_EQ(all.changes.back().number, 4u);
}

TEST(ChangeLog, GivesSomeAtATime) {
  ChangeLog log;
  for (const char* key : {"a", "b", "c"}) log.note(key);
  const ChangeLog::Changes two = log.after(0, 2);
  EXPECT_THAT(keys(two), ElementsAre("a", "b"));
  EXPECT_FALSE(two.end);
  const ChangeLog::Changes rest = log.after(two.changes.back().number, 2);
  EXPECT_THAT(keys(rest), ElementsAre("c"));
  EXPECT_TRUE(rest.end);
}

TEST(ChangeLog, GivesAgainWhatIsNotKnownToBeDurableElsewhere) {
  ChangeLog log;
  log.note("a");
  log.note("b");
  EXPECT_THAT(keys(log.after(0, 10)), ElementsAre("a", "b"));
  EXPECT_THAT(keys(log.after(0, 10)), ElementsAre("a", "b"));
  EXPECT_THAT(keys(log.after(1, 10)), ElementsAre("b"));
  EXPECT_EQ(log.size(), 1u) << "what was before is forgotten";
  EXPECT_THAT(keys(log.after(2, 10)), IsEmpty());
}

TEST(ChangeLog, AKeyThatChangesAgainIsGivenAgain) {
  ChangeLog log;
  log.note("a");
  const std::uint64_t seen = log.after(0, 10).changes.back().number;
  log.note("a");
  EXPECT_THAT(keys(log.after(seen, 10)), ElementsAre("a"));
}

TEST(ChangeLog, WithoutRoomItIsLostAndSaysSo) {
  ChangeLog log(1000);
  for (int i = 0; i < 3; ++i) log.note("key" + std::to_string(i));
  for (int i = 0; i < 1000; ++i) log.note("key0");  // no more room than once
  EXPECT_FALSE(log.is_lost());
  for (int i = 0; i < 100; ++i) log.note("other" + std::to_string(i));
  EXPECT_TRUE(log.is_lost());
  EXPECT_EQ(log.size(), 0u);
}

}  // namespace
}  // namespace strata::shard
