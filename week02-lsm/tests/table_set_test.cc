#include "lsm/table_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr std::uint64_t kStore = 5;
const env::Path kDirectory = "/tables";

class TableSetTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(fs_.make_directory(kDirectory), IsOk()); }

  // A table of its keys, each put at sequence `number` with that as its value.
  void add(std::size_t level, std::uint64_t number, const std::vector<std::string>& keys) {
    auto builder = TableBuilder::create(fs_, kDirectory, {kStore, number}, {}).value();
    for (const std::string& key : keys)
      ASSERT_THAT(
          builder->add({key, SequenceNumber(number), OperationKind::kPut}, std::to_string(number)),
          IsOk());
    VersionEdit edit;
    edit.added = {{level, builder->finish().value()}};
    version_ = apply(version_, edit).value();
  }
  std::shared_ptr<const TableSet> open(const TableSet* before = nullptr) {
    return TableSet::open(fs_, kDirectory, kStore, {}, version_, before).value();
  }
  // The value, or "" if no table knows the key.
  static std::string get(const TableSet& set, std::string_view key,
                         SequenceNumber sequence = kMaxSequence) {
    const auto found = set.get(key, sequence).value();
    return found ? found->value : "";
  }

  env::SimulatedFileSystem fs_;
  Version version_;
};

TEST_F(TableSetTest, TheNewestTableThatKnowsTheKeyAnswers) {
  add(2, 1, {"a", "b", "c", "d"});
  add(1, 2, {"a", "b"});
  add(0, 3, {"a", "c"});
  add(0, 4, {"a", "e"});
  const auto set = open();
  EXPECT_EQ(get(*set, "a"), "4");
  EXPECT_EQ(get(*set, "a", SequenceNumber(3)), "3") << "at an older sequence number";
  EXPECT_EQ(get(*set, "a", SequenceNumber(2)), "2");
  EXPECT_EQ(get(*set, "b"), "2");
  EXPECT_EQ(get(*set, "c"), "3");
  EXPECT_EQ(get(*set, "d"), "1");
  EXPECT_EQ(get(*set, "bb"), "");
  std::vector<std::unique_ptr<EntryIterator>> sources;
  set->iterate(sources);
  EXPECT_EQ(sources.size(), 4u);
}

TEST_F(TableSetTest, FindsTheOneTableOfALowerLevelThatCanHoldTheKey) {
  add(1, 2, {"d", "f"});
  add(1, 1, {"a", "b"});
  add(1, 3, {"h"});
  const auto set = open();
  EXPECT_EQ(get(*set, "a") + get(*set, "b"), "11");
  EXPECT_EQ(get(*set, "d") + get(*set, "f"), "22");
  EXPECT_EQ(get(*set, "h"), "3");
  for (const char* key : {"A", "aa", "c", "e", "g", "i"}) EXPECT_EQ(get(*set, key), "") << key;
}

TEST_F(TableSetTest, SharesWhatIsOpenAndRefusesWhatIsMissing) {
  add(0, 1, {"a"});
  const auto before = open();
  ASSERT_THAT(fs_.remove(kDirectory / table_name(1)), IsOk());
  add(0, 2, {"b"});
  const auto set = open(before.get());
  EXPECT_EQ(get(*set, "a") + get(*set, "b"), "12") << "a file that was removed can still be read";
  EXPECT_THAT(TableSet::open(fs_, kDirectory, kStore, {}, version_, nullptr),
              FailsWith(ErrorCode::kCorruption));
}

}  // namespace
}  // namespace strata::lsm
