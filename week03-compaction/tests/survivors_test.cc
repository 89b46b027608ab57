// Task 3.6: a merge keeps exactly what somebody may read.
#include "compaction/survivors.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <vector>

#include "env/random.h"

namespace strata::compaction {
namespace {

using lsm::EntryKey;
using lsm::SequenceNumber;

constexpr auto kPut = OperationKind::kPut;
constexpr auto kDelete = OperationKind::kDelete;

struct Entry {
  std::string key;
  std::uint64_t sequence;
  OperationKind kind;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// Entries in the form "key sequence kind", as in a3p b2d: p is a put, d a delete.
std::string survivors_of(const std::vector<Entry>& entries, std::uint64_t oldest,
                         bool may_be_below) {
  Survivors survivors(SequenceNumber(oldest), [=](std::string_view) { return may_be_below; });
  std::string text;
  for (const Entry& entry : entries)
    if (survivors.needs({entry.key, SequenceNumber(entry.sequence), entry.kind}))
      text += entry.key + std::to_string(entry.sequence) + (entry.kind == kPut ? "p " : "d ");
  return text;
}

TEST(SurvivorsTest, OfVersionsThatEveryReaderSeesTheNewestIsKept) {
  const std::vector<Entry> entries{
      {"a", 9, kPut}, {"a", 5, kPut}, {"a", 1, kPut}, {"b", 2, kPut}, {"b", 1, kPut}};
  EXPECT_EQ(survivors_of(entries, 10, true), "a9p b2p ");
}

TEST(SurvivorsTest, WhatAnOlderReaderMaySeeIsKept) {
  const std::vector<Entry> entries{{"a", 9, kPut}, {"a", 5, kPut}, {"a", 1, kPut}};
  EXPECT_EQ(survivors_of(entries, 8, true), "a9p a5p ");
  EXPECT_EQ(survivors_of(entries, 5, true), "a9p a5p ") << "the reader at 5 sees what 5 wrote";
  EXPECT_EQ(survivors_of(entries, 4, true), "a9p a5p a1p ");
}

TEST(SurvivorsTest, ATombstoneStaysAsLongAsItMayHideSomething) {
  const std::vector<Entry> entries{{"a", 9, kDelete}, {"a", 5, kPut}};
  EXPECT_EQ(survivors_of(entries, 10, true), "a9d ");
  EXPECT_EQ(survivors_of(entries, 10, false), "") << "nothing lies below, and what it hid is gone";
  EXPECT_EQ(survivors_of(entries, 7, false), "a9d a5p ") << "a reader at 7 sees the value";
}

TEST(SurvivorsTest, WhatATombstoneHidesGoesEvenIfTheTombstoneGoesToo) {
  const std::vector<Entry> entries{{"a", 9, kDelete}, {"a", 8, kDelete}, {"a", 5, kPut}};
  EXPECT_EQ(survivors_of(entries, 10, false), "");
}

TEST(SurvivorsTest, AKeyThatBeginsLikeAnotherIsAnother) {
  const std::vector<Entry> entries{{"a", 9, kPut}, {"aa", 5, kPut}, {"aaa", 1, kDelete}};
  EXPECT_EQ(survivors_of(entries, 10, true), "a9p aa5p aaa1d ");
}

// The sequence number of the version of `key` that a reader at `sequence` finds; 0 for none.
std::uint64_t read(const std::vector<Entry>& entries, const std::string& key,
                   std::uint64_t sequence) {
  for (const Entry& entry : entries)
    if (entry.key == key && entry.sequence <= sequence)
      return entry.kind == kPut ? entry.sequence : 0;
  return 0;
}

TEST(SurvivorsTest, EveryReaderThatThereMayBeFindsTheSame) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    env::Random random(seed);
    std::vector<Entry> entries;
    for (const char* key : {"a", "b", "c"})
      for (std::uint64_t sequence = 12; sequence > 0; --sequence)
        if (random.below(3) == 0)
          entries.push_back({key, sequence, random.below(2) == 0 ? kPut : kDelete});
    const std::uint64_t oldest = random.below(14);
    Survivors survivors(SequenceNumber(oldest), [](std::string_view) { return false; });
    std::vector<Entry> kept;
    for (const Entry& entry : entries)
      if (survivors.needs({entry.key, SequenceNumber(entry.sequence), entry.kind}))
        kept.push_back(entry);
    for (const char* key : {"a", "b", "c"})
      for (std::uint64_t sequence = oldest; sequence <= 14; ++sequence)
        ASSERT_EQ(read(kept, key, sequence), read(entries, key, sequence))
            << key << " at " << sequence << ", oldest " << oldest;
  }
}

}  // namespace
}  // namespace strata::compaction
