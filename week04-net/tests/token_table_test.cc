#include "net/token_table.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "testing/results.h"

namespace strata::net {

// For the messages of tests that fail.
static void PrintTo(Standing standing, std::ostream* out) {
  constexpr std::array kNames{"kFresh", "kDone", "kInDoubt", "kSettled", "kTooFar"};
  *out << kNames[static_cast<std::size_t>(standing)];
}

namespace {

using std::chrono::seconds;
using strata::testing::FailsWith;
using strata::testing::IsOk;

constexpr std::uint64_t kClient = 7;

Token token(std::uint64_t sequence, std::uint64_t settled_below = 1) {
  return {.client = kClient, .sequence = sequence, .settled_below = settled_below};
}

TEST(TokenTable, AWriteIsFreshUntilItIsDone) {
  TokenTable table;
  EXPECT_EQ(table.standing(token(1)), Standing::kFresh);
  table.done(token(1), seconds(10));
  EXPECT_EQ(table.standing(token(1)), Standing::kDone);
  EXPECT_EQ(table.standing(token(2)), Standing::kFresh);
  EXPECT_EQ(table.standing({.client = 8, .sequence = 1, .settled_below = 1}), Standing::kFresh);
}

TEST(TokenTable, WritesMayBeDoneOutOfTheirOrder) {
  TokenTable table;
  for (const std::uint64_t sequence : {3u, 1u, 5u}) table.done(token(sequence), seconds(10));
  for (const std::uint64_t sequence : {1u, 3u, 5u})
    EXPECT_EQ(table.standing(token(sequence)), Standing::kDone) << sequence;
  for (const std::uint64_t sequence : {2u, 4u, 6u})
    EXPECT_EQ(table.standing(token(sequence)), Standing::kFresh) << sequence;
}

TEST(TokenTable, WhatIsSettledIsNeverDoneAgain) {
  TokenTable table;
  table.done(token(1), seconds(10));
  table.done(token(2, 2), seconds(10));
  EXPECT_EQ(table.standing(token(1)), Standing::kSettled) << "an old copy, still on its way";
  EXPECT_EQ(table.standing(token(2, 2)), Standing::kDone);
  EXPECT_EQ(table.standing(token(4, 5)), Standing::kSettled) << "settled by its own words";
}

TEST(TokenTable, AnOlderRequestDoesNotTakeBackWhatANewerOneSettled) {
  TokenTable table;
  table.done(token(4, 4), seconds(10));
  table.done(token(5, 2), seconds(10));  // sent before 4 was settled, and overtaken
  EXPECT_EQ(table.standing(token(3, 2)), Standing::kSettled);
  EXPECT_EQ(table.standing(token(5, 4)), Standing::kDone);
}

TEST(TokenTable, RemembersOnlyAWindow) {
  TokenTable table;
  EXPECT_EQ(table.standing(token(kTokenWindow, 1)), Standing::kFresh);
  EXPECT_EQ(table.standing(token(kTokenWindow + 1, 1)), Standing::kTooFar);
  EXPECT_EQ(table.standing({.client = 0, .sequence = 1, .settled_below = 1}), Standing::kTooFar);
}

TEST(TokenTable, KeepsNoMoreThanIsUnsettled) {
  TokenTable table;
  std::size_t largest = 0;
  for (std::uint64_t sequence = 1; sequence <= 10'000; ++sequence) {
    table.done(token(sequence, sequence > 16 ? sequence - 16 : 1), seconds(10));
    largest = std::max(largest, table.record_of(kClient).size());
  }
  EXPECT_LE(largest, 1u + 8 + 8 + 4 + 17 * 8 + 4);
}

TEST(TokenTable, ADoubtThatIsSettledIsForgotten) {
  TokenTable table;
  for (std::uint64_t sequence = 1; sequence <= 2000; ++sequence) {
    table.done(token(sequence, sequence), seconds(10));
    table.in_doubt(token(sequence, sequence));
  }
  table.done(token(2001, 2001), seconds(10));
  TokenTable loaded;
  ASSERT_THAT(loaded.load(kClient, table.record_of(kClient)), IsOk());
  EXPECT_EQ(table.record_of(kClient).size(), 1u + 8 + 8 + 2 + 1);
}

TEST(TokenTable, CountsToTheLastSequenceThereIs) {
  const TokenTable table;
  constexpr auto kLast = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(table.standing(token(kLast, kLast - 5)), Standing::kFresh);
  EXPECT_EQ(table.standing(token(kLast, kLast - kTokenWindow)), Standing::kTooFar);
}

TEST(TokenTable, AWriteThatFailedHalfWayStaysInDoubt) {
  TokenTable table;
  table.done(token(1), seconds(10));
  table.done(token(2), seconds(10));
  table.in_doubt(token(2));
  EXPECT_EQ(table.standing(token(1)), Standing::kDone);
  EXPECT_EQ(table.standing(token(2)), Standing::kInDoubt);
  table.in_doubt(token(2));
  EXPECT_EQ(table.standing(token(2)), Standing::kInDoubt);
}

TEST(TokenTable, ARecordBringsBackWhatWasDoneAndWhatIsInDoubt) {
  TokenTable before;
  before.done(token(5, 4), seconds(10));
  before.done(token(7, 4), seconds(11));
  before.done(token(8, 4), seconds(12));
  before.in_doubt(token(8, 4));
  TokenTable after;
  ASSERT_TRUE(after.load(kClient, before.record_of(kClient)).has_value());
  EXPECT_EQ(after.standing(token(3, 3)), Standing::kSettled);
  EXPECT_EQ(after.standing(token(4, 4)), Standing::kFresh);
  EXPECT_EQ(after.standing(token(5, 4)), Standing::kDone);
  EXPECT_EQ(after.standing(token(7, 4)), Standing::kDone);
  EXPECT_EQ(after.standing(token(8, 4)), Standing::kInDoubt)
      << "a later record took the place of the one that would tell";
}

TEST(TokenTable, AddsWhatAnotherTableKnows) {
  TokenTable theirs;
  theirs.done(token(5, 4), seconds(9'000));
  theirs.done(token(9, 4), seconds(9'000));
  theirs.in_doubt(token(9, 4));
  TokenTable mine;
  mine.done(token(6, 6), seconds(10));
  mine.done(token(7, 6), seconds(10));
  ASSERT_TRUE(mine.adopt(kClient, theirs.record_of(kClient), seconds(20)).has_value());
  EXPECT_EQ(mine.standing(token(5, 4)), Standing::kSettled) << "mine knows of a later settlement";
  EXPECT_EQ(mine.standing(token(7, 6)), Standing::kDone);
  EXPECT_EQ(mine.standing(token(8, 6)), Standing::kFresh);
  EXPECT_EQ(mine.standing(token(9, 6)), Standing::kInDoubt);
  EXPECT_EQ(mine.last_heard(), seconds(20)) << "the age of another table says nothing here";

  TokenTable fresh;
  ASSERT_TRUE(fresh.adopt(kClient, theirs.record_of(kClient), seconds(20)).has_value());
  EXPECT_EQ(fresh.standing(token(5, 4)), Standing::kDone);
  EXPECT_FALSE(fresh.adopt(kClient, "no record", seconds(30)).has_value());
  EXPECT_EQ(fresh.last_heard(), seconds(20));
}

TEST(TokenTable, RefusesARecordThatIsNone) {
  TokenTable table;
  table.done(token(1), seconds(10));
  const std::string record = table.record_of(kClient);
  for (std::size_t size = 0; size < record.size(); ++size)
    EXPECT_THAT(table.load(9, record.substr(0, size)), FailsWith(ErrorCode::kCorruption)) << size;
  EXPECT_THAT(table.load(9, record + "x"), FailsWith(ErrorCode::kCorruption));
  std::string newer = record;
  newer[0] = 4;
  EXPECT_THAT(table.load(9, newer), FailsWith(ErrorCode::kUnsupported));
  std::string too_old = record;
  too_old[8] = 1;
  EXPECT_THAT(table.load(9, too_old), FailsWith(ErrorCode::kCorruption));
}

// As versions 1 and 2 stored it: 8 bytes for each sequence.
std::string old_record(std::uint8_t version, std::uint64_t heard) {
  Bytes record;
  Encoder out(record);
  out.u8(version);
  out.u64(heard);
  out.u64(1);  // settled_below
  out.u32(2);
  out.u64(1);
  out.u64(900);
  out.u32(1);
  out.u64(3);
  return std::string(as_text(record));
}

TEST(TokenTable, TakesOverTheRecordsOfEarlierVersions) {
  TokenTable table;
  ASSERT_THAT(table.load(kClient, old_record(2, 77)), IsOk());
  EXPECT_EQ(table.last_heard(), seconds(77));
  EXPECT_EQ(table.standing(token(1)), Standing::kDone);
  EXPECT_EQ(table.standing(token(2)), Standing::kFresh);
  EXPECT_EQ(table.standing(token(3)), Standing::kInDoubt);
  EXPECT_EQ(table.standing(token(900)), Standing::kDone);
}

TEST(TokenTable, ARecordWithADateIsAsIfTheClientWereHeardAtTheStart) {
  TokenTable table;
  ASSERT_THAT(table.load(kClient, old_record(1, 1'800'000'000)), IsOk());
  EXPECT_EQ(table.last_heard(), seconds(0));
  EXPECT_EQ(table.standing(token(1)), Standing::kDone);
}

TEST(TokenTable, ARecordOfAThousandUnsettledWritesIsSmall) {
  TokenTable table;
  for (std::uint64_t sequence = 1; sequence <= kTokenWindow; ++sequence)
    table.done(token(sequence), seconds(10));
  table.in_doubt(token(kTokenWindow));
  const std::string record = table.record_of(kClient);
  EXPECT_LT(record.size(), 300u);
  TokenTable loaded;
  ASSERT_THAT(loaded.load(kClient, record), IsOk());
  EXPECT_EQ(loaded.standing(token(kTokenWindow - 1)), Standing::kDone);
  EXPECT_EQ(loaded.standing(token(kTokenWindow)), Standing::kInDoubt);
}

TEST(TokenTable, ForgetsClientsThatAreLongGone) {
  TokenTable table;
  table.done(token(1), seconds(10));
  table.done({.client = 8, .sequence = 1, .settled_below = 1}, seconds(20));
  const auto old = table.heard_before(seconds(20), 10);
  EXPECT_EQ(old, std::vector<std::uint64_t>{kClient});
  EXPECT_TRUE(table.heard_before(seconds(20), 0).empty());
  table.forget(old);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.standing(token(1)), Standing::kFresh);
}

}  // namespace
}  // namespace strata::net
