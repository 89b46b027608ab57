// Tests merging, and what a reader sees of a merge, against a simple model.
#include "lsm/merging_iterator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "env/random.h"
#include "lsm/memtable.h"
#include "lsm/version_cursor.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;

// Random writes, spread over several memtables.
class MergeTest : public ::testing::Test {
 protected:
  void fill(int tables, int writes, std::uint64_t seed) {
    env::Random random(seed);
    for (int i = 0; i < tables; ++i) tables_.push_back(std::make_shared<Memtable>());
    for (int i = 1; i <= writes; ++i) {
      const std::string key = fmt::format("{:03}", random.below(60));
      const std::string value = fmt::format("value {}", i);
      const bool remove = random.one_in(3);
      const SequenceNumber sequence(static_cast<std::uint64_t>(i));
      tables_[random.below(tables_.size())]->add(
          sequence, remove ? Operation{OperationKind::kDelete, key, ""}
                           : Operation{OperationKind::kPut, key, value});
      all_.emplace(key, ~sequence.value());
      if (remove)
        history_[key][sequence.value()] = std::nullopt;
      else
        history_[key][sequence.value()] = value;
    }
  }
  std::unique_ptr<EntryIterator> merged() const {
    std::vector<std::unique_ptr<EntryIterator>> sources;
    for (const auto& table : tables_) sources.push_back(Memtable::iterate(table));
    return merge(std::move(sources));
  }
  // What a reader at `sequence` must see.
  std::map<std::string, std::string> state_at(std::uint64_t sequence) const {
    std::map<std::string, std::string> state;
    for (const auto& [key, versions] : history_) {
      const auto behind = versions.upper_bound(sequence);
      if (behind != versions.begin() && std::prev(behind)->second)
        state[key] = *std::prev(behind)->second;
    }
    return state;
  }

  std::vector<std::shared_ptr<Memtable>> tables_;
  std::set<std::pair<std::string, std::uint64_t>> all_;  // key, inverted sequence: in order
  std::map<std::string, std::map<std::uint64_t, std::optional<std::string>>> history_;
};

TEST_F(MergeTest, WalksAllSourcesInOrderBothWays) {
  for (const int tables : {1, 2, 7}) {
    tables_.clear();
    all_.clear();
    history_.clear();
    fill(tables, 500, 31);
    const auto it = merged();
    it->seek_to_first();
    for (const auto& [key, inverted] : all_) {
      ASSERT_TRUE(it->valid());
      ASSERT_EQ(it->key().user_key, key);
      ASSERT_EQ(it->key().sequence().value(), ~inverted);
      it->next();
    }
    EXPECT_FALSE(it->valid());
    it->seek_to_last();
    for (auto entry = all_.rbegin(); entry != all_.rend(); ++entry) {
      ASSERT_TRUE(it->valid());
      ASSERT_EQ(it->key().user_key, entry->first);
      ASSERT_EQ(it->key().sequence().value(), ~entry->second);
      it->prev();
    }
    EXPECT_FALSE(it->valid());
  }
}

TEST_F(MergeTest, MayTurnRoundAnywhere) {
  fill(4, 300, 32);
  const auto it = merged();
  env::Random random(33);
  auto place = std::next(all_.begin(), 150);
  it->seek_to_first();
  for (int i = 0; i < 150; ++i) it->next();
  for (int step = 0; step < 5000; ++step) {
    ASSERT_TRUE(it->valid()) << "seed 33, step " << step;
    ASSERT_EQ(it->key().user_key, place->first) << "seed 33, step " << step;
    ASSERT_EQ(it->key().sequence().value(), ~place->second);
    const bool forward = place == all_.begin() || (random.one_in(2) && place != --all_.end());
    if (forward && std::next(place) != all_.end()) {
      ++place;
      it->next();
    } else if (place != all_.begin()) {
      --place;
      it->prev();
    }
  }
}

// At each place some sources have ended, and some have not begun.
TEST_F(MergeTest, TurnsRoundWhereOthersHaveEnded) {
  fill(3, 60, 36);
  for (const char* key : {"!", "~"}) {
    tables_.push_back(std::make_shared<Memtable>());
    for (const std::uint64_t sequence : {101u, 102u}) {
      tables_.back()->add(SequenceNumber(sequence), {OperationKind::kPut, key, key});
      all_.emplace(key, ~sequence);
    }
  }
  const auto it = merged();
  const std::vector<std::pair<std::string, std::uint64_t>> places(all_.begin(), all_.end());
  const auto stands_at = [&](std::size_t place) {
    return it->valid() && it->key().user_key == places[place].first &&
           it->key().sequence().value() == ~places[place].second;
  };
  for (std::size_t turn = 0; turn < places.size(); ++turn) {
    it->seek_to_first();
    for (std::size_t place = 0; place < turn; ++place) it->next();
    for (std::size_t place = turn + 1; place-- > 0; it->prev())
      ASSERT_TRUE(stands_at(place)) << "turned at " << turn << ", at " << place;
    EXPECT_FALSE(it->valid());
    it->seek_to_last();
    for (std::size_t place = places.size() - 1; place > turn; --place) it->prev();
    for (std::size_t place = turn; place < places.size(); ++place, it->next())
      ASSERT_TRUE(stands_at(place)) << "turned at " << turn << ", at " << place;
    EXPECT_FALSE(it->valid());
  }
}

TEST_F(MergeTest, OfNothingHasNothing) {
  const auto it = merge({});
  it->seek_to_first();
  EXPECT_FALSE(it->valid());
  EXPECT_TRUE(it->status().has_value());
}

// A source that fails at a given step, by default the third.
class Failing final : public EntryIterator {
 public:
  explicit Failing(int fails_at = 3) : fails_at_(fails_at) {}
  bool valid() const override { return steps_ > 0 && steps_ < fails_at_; }
  void seek_to_first() override { ++steps_; }
  void seek_to_last() override { ++steps_; }
  void seek(const EntryKey&) override { ++steps_; }
  void next() override { ++steps_; }
  void prev() override { ++steps_; }
  EntryKey key() const override {
    return {"000", SequenceNumber(1000 - static_cast<std::uint64_t>(steps_)), OperationKind::kPut};
  }
  std::string_view value() const override { return "failing"; }
  Result<void> status() const override {
    if (steps_ < fails_at_) return {};
    return io_error("this step");
  }

 private:
  const int fails_at_;
  int steps_ = 0;
};

TEST_F(MergeTest, AnErrorOfOneSourceEndsTheWalk) {
  fill(2, 100, 34);
  std::vector<std::unique_ptr<EntryIterator>> sources;
  for (const auto& table : tables_) sources.push_back(Memtable::iterate(table));
  sources.push_back(std::make_unique<Failing>());
  const auto it = merge(std::move(sources));
  it->seek_to_first();
  int entries = 0;
  for (; it->valid(); it->next()) ++entries;
  EXPECT_EQ(entries, 2) << "its two come first";
  EXPECT_THAT(it->status(), FailsWith(ErrorCode::kIo));
}

TEST_F(MergeTest, ASourceThatFailsAtOnceLeavesNothingToWalk) {
  fill(2, 100, 34);
  const std::vector<std::function<void(EntryIterator&)>> beginnings{
      [](EntryIterator& it) { it.seek_to_first(); }, [](EntryIterator& it) { it.seek_to_last(); },
      [](EntryIterator& it) { it.seek(EntryKey::visible_at("030", kMaxSequence)); }};
  for (const auto& begin : beginnings) {
    std::vector<std::unique_ptr<EntryIterator>> sources;
    for (const auto& table : tables_) sources.push_back(Memtable::iterate(table));
    sources.push_back(std::make_unique<Failing>(1));
    const auto it = merge(std::move(sources));
    begin(*it);
    EXPECT_FALSE(it->valid());
    EXPECT_THAT(it->status(), FailsWith(ErrorCode::kIo));
  }
}

class CursorTest : public MergeTest {};

// Also if the error comes between two versions of a key.
TEST_F(CursorTest, TellsAnErrorFromTheEnd) {
  for (const int fails_at : {1, 2, 3}) {
    const auto cursor = visible_entries(std::make_unique<Failing>(fails_at), kMaxSequence, {});
    if (fails_at > 1) {
      EXPECT_EQ(cursor->next().value()->value, "failing");
    }
    EXPECT_THAT(cursor->next(), FailsWith(ErrorCode::kIo));
    const auto reverse = visible_entries(std::make_unique<Failing>(fails_at), kMaxSequence,
                                         {.range = {}, .reverse = true});
    EXPECT_THAT(reverse->next(), FailsWith(ErrorCode::kIo));
  }
}

TEST_F(CursorTest, ShowsEachReaderItsState) {
  fill(3, 400, 35);
  for (const std::uint64_t sequence : {0u, 1u, 50u, 200u, 399u, 400u, 1000u}) {
    const auto state = state_at(sequence);
    for (const bool reverse : {false, true}) {
      const auto cursor =
          visible_entries(merged(), SequenceNumber(sequence), {.range = {}, .reverse = reverse});
      std::vector<std::pair<std::string, std::string>> found;
      while (const auto entry = cursor->next().value())
        found.emplace_back(entry->key, entry->value);
      if (reverse) std::ranges::reverse(found);
      EXPECT_EQ(found,
                (std::vector<std::pair<std::string, std::string>>(state.begin(), state.end())))
          << "at " << sequence << (reverse ? " in reverse" : "");
    }
  }
}

TEST_F(CursorTest, KeepsToItsRangeAndLimit) {
  for (const char* key : {"a", "b", "c", "d"}) {
    if (tables_.empty()) tables_.push_back(std::make_shared<Memtable>());
    tables_[0]->add(SequenceNumber(tables_[0]->entries() + 1), {OperationKind::kPut, key, key});
  }
  const auto keys = [&](const ScanOptions& options) {
    std::vector<std::string> found;
    const auto cursor = visible_entries(merged(), kMaxSequence, options);
    while (const auto entry = cursor->next().value()) found.emplace_back(entry->key);
    EXPECT_EQ(cursor->next().value(), std::nullopt) << "the end stays the end";
    return found;
  };
  EXPECT_THAT(keys({.range = {.from = "b", .to = "d"}}), ElementsAre("b", "c"));
  EXPECT_THAT(keys({.range = {.from = "b", .to = "d"}, .reverse = true}), ElementsAre("c", "b"));
  EXPECT_THAT(keys({.range = {.from = "bb", .to = {}}, .reverse = true}), ElementsAre("d", "c"));
  EXPECT_THAT(keys({.range = {.from = "", .to = "z"}, .reverse = true, .limit = 1}),
              ElementsAre("d"));
  EXPECT_THAT(keys({.limit = 2}), ElementsAre("a", "b"));
  EXPECT_THAT(keys({.range = {.from = "d", .to = "b"}}), ElementsAre());
  EXPECT_THAT(keys({.limit = 0}), ElementsAre());
}

}  // namespace
}  // namespace strata::lsm
