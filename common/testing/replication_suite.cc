// What replication needs of a store: cursors that go on elsewhere, conditions, replacements,
// ranges.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "testing/store_subject.h"

namespace strata::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

STRATA_SUITE_TEST(ACursorGoesOnAtAKey) {
  for (const std::string_view key : {"a", "b", "c", "d", "e", "f"}) put(key, "");
  ASSERT_TRUE(store_->remove("d").has_value());
  const auto sought = [&](bool reverse, std::string_view keys) {
    std::string found;
    const auto cursor = store_->scan({.range = {"a", "f"}, .reverse = reverse}).value();
    for (const char key : keys) {
      const auto entry = key == '>' ? cursor->next() : cursor->seek({&key, 1});
      EXPECT_TRUE(entry.has_value()) << entry.error().message;
      found += entry && *entry ? std::string((*entry)->key) : "-";
    }
    return found;
  };
  EXPECT_EQ(sought(false, "A>c>>>"), "abce--");
  EXPECT_EQ(sought(false, ">d>"), "ae-");
  EXPECT_EQ(sought(false, "f>"), "--");
  EXPECT_EQ(sought(true, "z>b>>"), "ecba-");
  EXPECT_EQ(sought(true, ">c>"), "ecb");
  EXPECT_EQ(sought(true, "a>"), "a-");
}

STRATA_SUITE_TEST(WritesOnlyIfAllConditionsHold) {
  const bool batches = store_->capabilities().batches;
  WriteBatch batch;
  batch.put("a", "new");
  if (batches) batch.remove("b");
  const Condition last = batches ? Condition{"d", std::nullopt} : Condition{"a", "a-value"};
  const std::vector<Condition> hold{{"a", "a-value"}, last};
  if (!store_->capabilities().conditions) {
    EXPECT_THAT(store_->write_if(hold, batch), FailsWith(ErrorCode::kUnsupported));
    return;
  }
  put_abc();
  std::vector<Condition> all_wrong{{"a", "a"}, {"a", {}}};
  if (batches) all_wrong.push_back({"d", ""});
  for (const Condition& wrong : all_wrong) {
    const std::vector<Condition> conditions{hold[0], wrong, hold[1]};
    EXPECT_THAT(store_->write_if(conditions, batch), FailsWith(ErrorCode::kConflict));
    EXPECT_EQ(get("a"), "a-value");
  }
  ASSERT_TRUE(store_->write_if(hold, batch).has_value());
  EXPECT_EQ(get("a"), "new");
  EXPECT_EQ(get("b").has_value(), !batches);
}

// No increment is lost: nobody else writes between the look at the counter and the write.
STRATA_SUITE_TEST(ConditionsAreCheckedInTheOrderOfTheWrites) {
  if (!store_->capabilities().conditions) return;
  put("counter", "0");
  constexpr int kThreads = 3;
  constexpr int kEach = 50;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (int done = 0; done < kEach;) {
          const std::string before = get("counter").value_or("");
          WriteBatch next;
          next.put("counter", std::to_string(std::stoi(before) + 1));
          const std::vector<Condition> unchanged{{"counter", before}};
          const auto written = store_->write_if(unchanged, next);
          done += written ? 1 : 0;
          ASSERT_TRUE(written || written.error().code == ErrorCode::kConflict);
        }
      });
  }
  EXPECT_EQ(get("counter"), std::to_string(kThreads * kEach));
}

STRATA_SUITE_TEST(IsReplacedAsAWhole) {
  put_abc();
  const Pairs newer{{"b", "new"}, {"x", ""}};
  for (int i = 0; i < 2; ++i) {
    ListCursor entries(newer);
    const auto replaced = store_->replace(entries);
    ASSERT_TRUE(replaced.has_value()) << replaced.error().message;
    store_->check_invariants();
    EXPECT_EQ(scan({}), newer);
    EXPECT_EQ(get("a"), std::nullopt);
    EXPECT_EQ(get("b"), "new");
    if (durable()) reopen();
    EXPECT_EQ(scan({}), newer);
  }
  put("a", "again");
  ASSERT_TRUE(store_->remove("x").has_value());
  if (durable()) reopen();
  EXPECT_THAT(scan({}), ElementsAre(std::pair("a", "again"), std::pair("b", "new")));
  ListCursor nothing(Pairs{});
  ASSERT_TRUE(store_->replace(nothing).has_value());
  if (durable()) reopen();
  EXPECT_THAT(scan({}), IsEmpty());
}

STRATA_SUITE_TEST(AReplacementThatFailsChangesNothing) {
  put_abc();
  const Pairs before = scan({});
  ListCursor breaks(Pairs{{"x", "1"}}, io_error("the stream broke"));
  EXPECT_THAT(store_->replace(breaks), FailsWith(ErrorCode::kIo));
  ListCursor descends({{"y", "1"}, {"x", "2"}});
  expect_refused(store_->replace(descends));
  ListCursor twice({{"y", "1"}, {"y", "2"}});
  expect_refused(store_->replace(twice));
  ListCursor without_a_key(Pairs{{"", "1"}});
  expect_refused(store_->replace(without_a_key));
  EXPECT_EQ(scan({}), before);
  if (durable()) reopen();
  EXPECT_EQ(scan({}), before);
}

STRATA_SUITE_TEST(ASnapshotNeverShowsWhatCameInAReplacement) {
  if (!store_->capabilities().snapshots) return;
  put_abc();
  const auto snapshot = store_->snapshot().value();
  const auto cursor = store_->scan({}).value();
  ListCursor entries(Pairs{{"a", "new"}});
  ASSERT_TRUE(store_->replace(entries).has_value());
  put("b", "later");
  const auto found = store_->get("a", {snapshot});
  if (found)
    EXPECT_EQ(*found, "a-value");
  else
    EXPECT_THAT(found, FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(cursor->next().value()->value, "a-value");  // a scan goes on with what it began with
  EXPECT_EQ(get("a", {store_->snapshot().value()}), "new");
}

STRATA_SUITE_TEST(RemovesARange) {
  put_abc();
  put("bb", std::string(300'000, 'v'));
  ASSERT_TRUE(store_->remove_range({"aa", "c"}).has_value());
  EXPECT_THAT(scan({}), ElementsAre(std::pair("a", "a-value"), std::pair("c", "c-value")));
  ASSERT_TRUE(store_->remove_range({"x", "z"}).has_value());
  ASSERT_TRUE(store_->remove_range(KeyRange::all()).has_value());
  EXPECT_THAT(scan({}), IsEmpty());
}

}  // namespace

void register_replication_tests(const std::string& name, const OpenInDirectory& open) {
#define STRATA_ADD(Name) add_to_suite<Name>(name, #Name, open)
  STRATA_ADD(ACursorGoesOnAtAKey);
  STRATA_ADD(WritesOnlyIfAllConditionsHold);
  STRATA_ADD(ConditionsAreCheckedInTheOrderOfTheWrites);
  STRATA_ADD(RemovesARange);
#undef STRATA_ADD
#define STRATA_ADD(Name) add_to_suite<Name>(name + "Replaced", #Name, open)
  STRATA_ADD(IsReplacedAsAWhole);
  STRATA_ADD(AReplacementThatFailsChangesNothing);
  STRATA_ADD(ASnapshotNeverShowsWhatCameInAReplacement);
#undef STRATA_ADD
}

}  // namespace strata::testing
