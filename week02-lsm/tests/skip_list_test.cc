#include "lsm/skip_list.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

namespace strata::lsm {
namespace {

EntryKey put_key(std::string_view user_key, std::uint64_t sequence) {
  return {user_key, SequenceNumber(sequence), OperationKind::kPut};
}

class SkipListTest : public ::testing::Test {
 protected:
  // Returns "key@sequence=value" of each entry, in order.
  std::vector<std::string> forward() const {
    std::vector<std::string> found;
    SkipList::Iterator it(list_);
    for (it.seek_to_first(); it.valid(); it.next()) found.push_back(text_of(it));
    return found;
  }
  static std::string text_of(const SkipList::Iterator& it) {
    return fmt::format("{}@{}={}", it.key().user_key, it.key().sequence().value(), it.value());
  }

  SkipList list_;
};

TEST_F(SkipListTest, IsEmptyAtFirst) {
  SkipList::Iterator it(list_);
  EXPECT_FALSE(it.valid());
  it.seek_to_first();
  EXPECT_FALSE(it.valid());
  it.seek_to_last();
  EXPECT_FALSE(it.valid());
  it.seek(put_key("a", 1));
  EXPECT_FALSE(it.valid());
}

TEST_F(SkipListTest, OrdersByKeyAndPutsTheNewestVersionFirst) {
  list_.insert(put_key("b", 1), "old");
  list_.insert(put_key("a", 2), "");
  list_.insert(put_key("b", 3), "new");
  list_.insert(put_key("bb", 4), "longer");
  EXPECT_EQ(forward(), (std::vector<std::string>{"a@2=", "b@3=new", "b@1=old", "bb@4=longer"}));
}

TEST_F(SkipListTest, SeeksToTheFirstThatIsNotLess) {
  for (const char* key : {"b", "d", "f"}) list_.insert(put_key(key, 5), key);
  SkipList::Iterator it(list_);
  it.seek(put_key("c", 5));
  ASSERT_TRUE(it.valid());
  EXPECT_EQ(text_of(it), "d@5=d");
  it.seek(put_key("d", 5));
  EXPECT_EQ(text_of(it), "d@5=d") << "an equal one is not less";
  it.seek(EntryKey::visible_at("d", SequenceNumber(5)));
  EXPECT_EQ(text_of(it), "d@5=d");
  it.seek(EntryKey::visible_at("d", SequenceNumber(4)));  // the version is too new to be seen
  EXPECT_EQ(text_of(it), "f@5=f");
  it.seek(put_key("g", 5));
  EXPECT_FALSE(it.valid());
}

TEST_F(SkipListTest, WalksBackwards) {
  for (int i = 0; i < 100; ++i)
    list_.insert(put_key(fmt::format("{:02}", (i * 37) % 100), 1), fmt::format("{}", i));
  SkipList::Iterator it(list_);
  it.seek_to_last();
  for (int i = 99; i >= 0; --i, it.prev()) {
    ASSERT_TRUE(it.valid());
    EXPECT_EQ(it.key().user_key, fmt::format("{:02}", i));
  }
  EXPECT_FALSE(it.valid());
}

TEST_F(SkipListTest, AgreesWithAMapOverRandomInserts) {
  env::Random random(17);
  std::map<std::pair<std::string, std::uint64_t>, std::string> model;  // newest first
  for (std::uint64_t sequence = 1; sequence <= 5000; ++sequence) {
    // Keys that share their first bytes, so that complete keys must be compared too.
    const std::string key =
        fmt::format("{}{}", std::string(random.below(20), 'k'), random.below(50));
    const std::string value(random.below(40), 'v');
    list_.insert(put_key(key, sequence), value);
    model[{key, ~sequence}] = value;
  }
  SkipList::Iterator it(list_);
  it.seek_to_first();
  for (const auto& [key, value] : model) {
    ASSERT_TRUE(it.valid());
    ASSERT_EQ(it.key(), put_key(key.first, ~key.second));
    ASSERT_EQ(it.value(), value);
    it.next();
  }
  EXPECT_FALSE(it.valid());
  for (int i = 0; i < 1000; ++i) {
    const std::string key = std::string(random.below(20), 'k') + "2";
    it.seek(EntryKey::visible_at(key, SequenceNumber(2500)));
    const auto expected = model.lower_bound({key, ~std::uint64_t{2500}});
    ASSERT_EQ(it.valid(), expected != model.end()) << "seed 17";
    if (it.valid()) {
      ASSERT_EQ(it.key(), put_key(expected->first.first, ~expected->first.second));
    }
  }
}

// A reader beside the writer sees a sorted list with every earlier entry.
TEST_F(SkipListTest, ReadersBesideTheWriterSeeEveryEarlierEntry) {
  constexpr std::uint64_t kEntries = 20'000;
  std::atomic<std::uint64_t> inserted{0};
  const auto insert = [&](std::uint64_t i) {
    const std::string key = fmt::format("{:06}", (i * 7919) % kEntries);
    list_.insert(put_key(key, 1), key);
    inserted.store(i + 1, std::memory_order_release);
  };
  insert(0);  // before there are readers, because a body that is not written yet throws
  std::vector<std::jthread> readers;
  for (int r = 0; r < 2; ++r)
    readers.emplace_back([&] {
      std::uint64_t before = 0;
      while (before < kEntries) {
        before = inserted.load(std::memory_order_acquire);
        std::uint64_t seen = 0;
        std::string last;
        SkipList::Iterator it(list_);
        for (it.seek_to_first(); it.valid(); it.next(), ++seen) {
          ASSERT_LT(last, it.key().user_key);
          ASSERT_EQ(it.value(), it.key().user_key);
          last = it.key().user_key;
        }
        ASSERT_GE(seen, before);
      }
    });
  for (std::uint64_t i = 1; i < kEntries; ++i) insert(i);
}

// Each entry is inserted right before the entry that the reader searches for.
TEST_F(SkipListTest, ASearchFindsItsKeyWhileOthersComeBeforeIt) {
  constexpr int kEntries = 100'000;
  list_.insert(put_key("m", 1), "found");
  std::atomic<bool> writing{true};
  std::jthread writer([&] {
    for (int i = 0; i < kEntries; ++i) list_.insert(put_key(fmt::format("l{:06}", i), 1), "");
    writing = false;
  });
  while (writing) {
    SkipList::Iterator it(list_);
    it.seek(EntryKey::visible_at("m", kMaxSequence));
    ASSERT_TRUE(it.valid()) << "m was not found";
    ASSERT_EQ(it.key().user_key, "m") << "found in place of m";
  }
}

}  // namespace
}  // namespace strata::lsm
