#include "testing/store_suite.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "testing/sanitizers.h"
#include "testing/store_subject.h"

namespace strata::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

STRATA_SUITE_TEST(ReturnsWhatWasPut) {
  put("key", "value");
  EXPECT_EQ(get("key"), "value");
}

STRATA_SUITE_TEST(AnswersNothingForAKeyThatIsNotThere) {
  EXPECT_EQ(get("key"), std::nullopt);
  put("key1", "");
  EXPECT_EQ(get("key"), std::nullopt);
  EXPECT_EQ(get("key11"), std::nullopt);
}

STRATA_SUITE_TEST(TheLastPutWins) {
  put("key", "one");
  put("key", "two");
  EXPECT_EQ(get("key"), "two");
}

STRATA_SUITE_TEST(TellsAnEmptyValueFromNone) {
  put("key", "");
  EXPECT_EQ(get("key"), "");
}

STRATA_SUITE_TEST(DeletesAreSeenAndMayBeRepeated) {
  put("key", "value");
  ASSERT_TRUE(store_->remove("key").has_value());
  EXPECT_EQ(get("key"), std::nullopt);
  ASSERT_TRUE(store_->remove("key").has_value());
  ASSERT_TRUE(store_->remove("never there").has_value());
}

STRATA_SUITE_TEST(KeepsArbitraryBytes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  put(all, all + all);
  EXPECT_EQ(get(all), all + all);
  EXPECT_THAT(scan({}), ElementsAre(std::pair(all, all + all)));
}

STRATA_SUITE_TEST(ABatchTakesEffectInOrder) {
  WriteBatch batch;
  batch.put("a", "1").put("b", "2").remove("a").put("c", "3").put("b", "4");
  ASSERT_TRUE(store_->write(batch).has_value());
  EXPECT_THAT(scan({}), ElementsAre(std::pair("b", "4"), std::pair("c", "3")));
}

STRATA_SUITE_TEST(AnEmptyBatchIsFine) {
  EXPECT_TRUE(store_->write(WriteBatch()).has_value());
  EXPECT_THAT(scan({}), IsEmpty());
}

STRATA_SUITE_TEST(TakesKeysAndValuesUpToTheLimits) {
  const std::string key(kMaxKeySize, 'k');
  const std::string value(kMaxValueSize, 'v');
  put(key, value);
  EXPECT_EQ(get(key), value);
}

STRATA_SUITE_TEST(RefusesWhatIsBeyondTheLimitsAndWritesNothing) {
  expect_refused(store_->put("", "value"));
  expect_refused(store_->put(std::string(kMaxKeySize + 1, 'k'), "value"));
  expect_refused(store_->put("key", std::string(kMaxValueSize + 1, 'v')));
  expect_refused(store_->get(""));
  WriteBatch batch;
  batch.put("good", "value").put("", "bad");
  expect_refused(store_->write(batch));
  batch.clear();
  for (int i = 0; i < 5; ++i) batch.put(fmt::format("key{}", i), std::string(kMaxValueSize, 'v'));
  expect_refused(store_->write(batch));
  EXPECT_THAT(scan({}), IsEmpty());
}

STRATA_SUITE_TEST(ScansInTheOrderOfUnsignedBytes) {
  for (const std::string_view key : {"\xff", "a", "ab", "\x01", "A"}) put(key, "");
  Pairs expected;
  for (const std::string_view key : {"\x01", "A", "a", "ab", "\xff"})
    expected.emplace_back(key, "");
  EXPECT_EQ(scan({}), expected);
}

STRATA_SUITE_TEST(ScansARangeWithoutItsEnd) {
  put_abc();
  EXPECT_THAT(scan({.range = {"a", "c"}}),
              ElementsAre(std::pair("a", "a-value"), std::pair("b", "b-value")));
  EXPECT_THAT(scan({.range = {"aa", std::nullopt}}),
              ElementsAre(std::pair("b", "b-value"), std::pair("c", "c-value")));
  EXPECT_THAT(scan({.range = {"b", "b"}}), IsEmpty());
  EXPECT_THAT(scan({.range = {"c", "a"}}), IsEmpty());
}

STRATA_SUITE_TEST(ScansAPrefix) {
  for (const std::string_view key : {"a", "user:1", "user:2", "user;", "v"}) put(key, "");
  EXPECT_THAT(scan({.range = KeyRange::prefix("user:")}),
              ElementsAre(std::pair("user:1", ""), std::pair("user:2", "")));
  put("\xff\xff", "");
  EXPECT_THAT(scan({.range = KeyRange::prefix("\xff")}), ElementsAre(std::pair("\xff\xff", "")));
}

STRATA_SUITE_TEST(ScansBackwards) {
  put_abc();
  EXPECT_THAT(scan({.range = {"a", "c"}, .reverse = true}),
              ElementsAre(std::pair("b", "b-value"), std::pair("a", "a-value")));
}

STRATA_SUITE_TEST(StopsAScanAtItsLimit) {
  put_abc();
  EXPECT_THAT(scan({.limit = 2}),
              ElementsAre(std::pair("a", "a-value"), std::pair("b", "b-value")));
  EXPECT_THAT(scan({.reverse = true, .limit = 1}), ElementsAre(std::pair("c", "c-value")));
  EXPECT_THAT(scan({.limit = 0}), IsEmpty());
}

STRATA_SUITE_TEST(AScanDoesNotSeeLaterWrites) {
  put_abc();
  const auto cursor = store_->scan({});
  ASSERT_TRUE(cursor.has_value());
  put("a", "changed");
  put("d", "new");
  ASSERT_TRUE(store_->remove("c").has_value());
  Pairs seen;
  for (;;) {
    const auto entry = (*cursor)->next();
    ASSERT_TRUE(entry.has_value());
    if (!*entry) break;
    seen.emplace_back((*entry)->key, (*entry)->value);
  }
  EXPECT_THAT(seen, ElementsAre(std::pair("a", "a-value"), std::pair("b", "b-value"),
                                std::pair("c", "c-value")));
}

STRATA_SUITE_TEST(ASnapshotStaysAsItWas) {
  if (!store_->capabilities().snapshots) {
    EXPECT_FALSE(store_->snapshot().has_value());
    return;
  }
  put_abc();
  const auto snapshot = store_->snapshot();
  ASSERT_TRUE(snapshot.has_value());
  put("a", "changed");
  ASSERT_TRUE(store_->remove("b").has_value());
  EXPECT_EQ(get("a", {*snapshot}), "a-value");
  EXPECT_EQ(get("b", {*snapshot}), "b-value");
  EXPECT_EQ(scan({.snapshot = *snapshot}).size(), 3u);
  EXPECT_EQ(get("b"), std::nullopt);
}

STRATA_SUITE_TEST(RefusesASnapshotOfAnotherStore) {
  if (!store_->capabilities().snapshots) return;
  put("key", "mine");
  const auto other = open_(directory_.path() / "other");
  ASSERT_TRUE(other.has_value()) << other.error().message;
  ASSERT_TRUE((*other)->put("key", "another's").has_value());
  const auto snapshot = (*other)->snapshot();
  ASSERT_TRUE(snapshot.has_value()) << snapshot.error().message;
  expect_refused(store_->get("key", {.snapshot = *snapshot}));
  expect_refused(store_->scan({.snapshot = *snapshot}));
}

STRATA_SUITE_TEST(CountsItsKeys) {
  put_abc();
  ASSERT_TRUE(store_->remove("b").has_value());
  const auto keys = store_->count_keys();
  ASSERT_TRUE(keys.has_value()) << keys.error().message;
  EXPECT_EQ(*keys, 2u);
  EXPECT_TRUE(store_->stats().has_value());
}

STRATA_SUITE_TEST(KeepsEverythingOverAReopen) {
  if (!durable()) return;
  put_abc();
  ASSERT_TRUE(store_->remove("b").has_value());
  for (int i = 0; i < 3; ++i) {
    reopen();
    EXPECT_THAT(scan({}), ElementsAre(std::pair("a", "a-value"), std::pair("c", "c-value")));
  }
  put("d", "after");
  reopen();
  EXPECT_EQ(get("d"), "after");
}

STRATA_SUITE_TEST(AnswersUnavailableOnceClosed) {
  if (!durable()) return;
  ASSERT_TRUE(store_->close().has_value());
  EXPECT_THAT(store_->put("a", "b"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(store_->get("a"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(store_->scan({}), FailsWith(ErrorCode::kUnavailable));
  store_.reset();
}

// A scan of a random range, and the entries that it must return.
std::pair<ScanOptions, Pairs> random_scan(env::Random& random, const Model& model) {
  const auto key = [&] { return fmt::format("key{:04}", random.below(220)); };
  ScanOptions options;
  if (random.one_in(2)) options.range.from = key();
  if (random.one_in(2)) options.range.to = key();
  options.reverse = random.one_in(2);
  Pairs entries;
  for (const auto& [found, value] : model)
    if (options.range.contains(found)) entries.emplace_back(found, value);
  if (options.reverse) std::ranges::reverse(entries);
  if (random.one_in(2)) options.limit = random.below(20);
  if (options.limit < entries.size()) entries.resize(options.limit);
  return {options, entries};
}

// S8 in common/docs/reliability.md: the same random operations on the store and on a std::map.
STRATA_SUITE_TEST(AnswersAsAMapDoes) {
  const std::uint64_t seed = 20240607;
  env::Random random(seed);
  Model model;
  constexpr std::uint64_t kSteps = kSanitized ? 1000 : 3000;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    SCOPED_TRACE(fmt::format("seed {}, step {}", seed, step));
    const WriteBatch batch = random_batch(random, step, {.keys = 200, .max_value_bytes = 300});
    ASSERT_TRUE(store_->write(batch).has_value());
    store_->check_invariants();
    apply(batch, model);
    const std::string key = fmt::format("key{:04}", random.below(200));
    const auto expected = model.find(key);
    const auto value =
        expected == model.end() ? std::nullopt : std::optional(std::string(expected->second));
    const auto in_memory = store_->get(key, {.snapshot = {}, .reach = Reach::kMemory});
    if (in_memory)
      ASSERT_EQ(*in_memory, value);
    else
      ASSERT_THAT(in_memory, FailsWith(ErrorCode::kUnavailable));
    ASSERT_EQ(get(key), value);
    const auto [options, in_range] = random_scan(random, model);
    ASSERT_EQ(scan(options), in_range);
    if (step % 500 == 250 && durable()) reopen();
    if (step % 100 != 99) continue;
    const auto found = contents_of(*store_);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    ASSERT_EQ(difference(model, *found), "");
  }
}

// S10 in common/docs/reliability.md: a reader sees each key's value grow. It never goes back, and
// values of two batches are never mixed.
STRATA_SUITE_TEST(ServesManyThreadsAtOnce) {
  // The first write runs on the test's own thread. If a body is not written yet, the exception is
  // thrown here.
  put("left0", "");
  const bool batches = store_->capabilities().batches;
  constexpr int kWriters = 3;
  constexpr int kWritesEach = 150;
  std::atomic<int> writing{kWriters};
  std::vector<std::jthread> threads;
  for (int writer = 0; writer < kWriters; ++writer)
    threads.emplace_back([&, writer] {
      for (int i = 0; i < kWritesEach; ++i) {
        WriteBatch batch;  // both keys or neither
        const std::string value = fmt::format("{:06}", i);
        batch.put(fmt::format("left{}", writer), value).put(fmt::format("right{}", writer), value);
        EXPECT_TRUE(store_->write(batch).has_value());
      }
      --writing;
    });
  threads.emplace_back([&] {
    std::string last;
    while (writing > 0) {
      const Pairs pairs = scan({.range = KeyRange::prefix("left0")});
      const std::string value = pairs.empty() ? "" : pairs.front().second;
      EXPECT_LE(last, value);
      last = value;
      if (!batches) continue;
      EXPECT_LE(value, get("right0").value_or(""));  // written together with left0, but read later
    }
  });
  threads.clear();
  EXPECT_EQ(scan({}).size(), 2u * kWriters);
}

}  // namespace

bool register_store_suite(const std::string& name, const OpenInDirectory& open) {
#define STRATA_ADD(Name) add_to_suite<Name>(name, #Name, open)
  STRATA_ADD(ReturnsWhatWasPut);
  STRATA_ADD(AnswersNothingForAKeyThatIsNotThere);
  STRATA_ADD(TheLastPutWins);
  STRATA_ADD(TellsAnEmptyValueFromNone);
  STRATA_ADD(DeletesAreSeenAndMayBeRepeated);
  STRATA_ADD(KeepsArbitraryBytes);
  STRATA_ADD(ABatchTakesEffectInOrder);
  STRATA_ADD(AnEmptyBatchIsFine);
  STRATA_ADD(TakesKeysAndValuesUpToTheLimits);
  STRATA_ADD(RefusesWhatIsBeyondTheLimitsAndWritesNothing);
  STRATA_ADD(ScansInTheOrderOfUnsignedBytes);
  STRATA_ADD(ScansARangeWithoutItsEnd);
  STRATA_ADD(ScansAPrefix);
  STRATA_ADD(ScansBackwards);
  STRATA_ADD(StopsAScanAtItsLimit);
  STRATA_ADD(AScanDoesNotSeeLaterWrites);
  STRATA_ADD(ASnapshotStaysAsItWas);
  STRATA_ADD(RefusesASnapshotOfAnotherStore);
  STRATA_ADD(CountsItsKeys);
  STRATA_ADD(KeepsEverythingOverAReopen);
  STRATA_ADD(AnswersUnavailableOnceClosed);
  STRATA_ADD(AnswersAsAMapDoes);
  STRATA_ADD(ServesManyThreadsAtOnce);
#undef STRATA_ADD
  register_replication_tests(name, open);
  return true;
}

}  // namespace strata::testing
