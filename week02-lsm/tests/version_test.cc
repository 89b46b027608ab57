#include "lsm/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/random.h"
#include "testing/results.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;
using testing::IsOk;

std::string key_bytes(std::string_view user_key) {
  std::string bytes;
  append_key({user_key, SequenceNumber(1), OperationKind::kPut}, bytes);
  return bytes;
}

TableInfo table(std::uint64_t number, std::string_view from, std::string_view to) {
  return {.number = number,
          .file_size = 1000 * number,
          .entries = 10,
          .smallest = key_bytes(from),
          .largest = key_bytes(to)};
}

VersionEdit adding(std::size_t level, const TableInfo& info) {
  return {.added = {{level, info}},
          .removed = {},
          .log_start = wal::Position(100 * info.number),
          .sequence = SequenceNumber(info.number),
          .next_number = info.number + 1};
}

std::vector<std::uint64_t> numbers(const Version& version, std::size_t level) {
  std::vector<std::uint64_t> found;
  for (const TableInfo& info : version.levels[level]) found.push_back(info.number);
  return found;
}

TEST(Version, KeepsLevel0NewestFirstAndTheOthersInOrder) {
  Version version;
  for (const std::uint64_t number : {2, 5, 3})
    version = apply(version, adding(0, table(number, "a", "z"))).value();
  version = apply(version, adding(1, table(7, "m", "p"))).value();
  version = apply(version, adding(1, table(8, "a", "c"))).value();
  version.check_invariants();
  EXPECT_EQ(numbers(version, 0), (std::vector<std::uint64_t>{5, 3, 2}));
  EXPECT_EQ(numbers(version, 1), (std::vector<std::uint64_t>{8, 7}));
  EXPECT_EQ(version.table_count(), 5u);
  EXPECT_EQ(version.table_bytes(), 25'000u);
  EXPECT_EQ(version.log_start, wal::Position(800));
  EXPECT_EQ(version.sequence, SequenceNumber(8));
  EXPECT_EQ(version.next_number, 9u);
}

// FORMAT.md: before edit_version 3 tables had no mark. edit_version 1 does not say how many entries
// are garbage either, so all may be.
TEST(VersionEdit, OfTheVersionsBeforeCanBeRead) {
  TableInfo info = table(3, "a", "z");
  info.mark = 42;
  info.garbage = 7;
  Bytes bytes;
  encode_edit(adding(2, info), bytes);
  EXPECT_EQ(decode_edit(bytes)->added.front().table, info);
  const auto without_field = [&](std::ptrdiff_t at, std::uint8_t edit_version) {
    bytes.erase(bytes.begin() + at, bytes.begin() + at + 8);
    bytes[0] = std::byte{edit_version};
    const auto old = decode_edit(bytes);
    return old ? old->added.front().table : TableInfo();
  };
  constexpr std::ptrdiff_t kMarkAt = 1 + 3 * 8 + 2 * 4 + 1 + 8;
  info.mark = 0;
  EXPECT_EQ(without_field(kMarkAt, 2), info);
  info.garbage = info.entries;
  EXPECT_EQ(without_field(kMarkAt + 2 * 8, 1), info);
}

TEST(Version, RefusesEditsThatDoNotFit) {
  Version version = apply({}, adding(1, table(1, "d", "f"))).value();
  EXPECT_THAT(apply(version, adding(0, table(1, "a", "b"))), FailsWith(ErrorCode::kCorruption));
  for (const auto& [from, to] : {std::pair("a", "d"), {"f", "g"}, {"e", "e"}, {"a", "z"}})
    EXPECT_THAT(apply(version, adding(1, table(2, from, to))), FailsWith(ErrorCode::kCorruption))
        << from << to;
  VersionEdit removing = adding(0, table(2, "a", "b"));
  removing.removed = {{.level = 2, .number = 1}};
  EXPECT_THAT(apply(version, removing), FailsWith(ErrorCode::kCorruption));
  removing.removed = {{.level = 1, .number = 1}};
  EXPECT_THAT(apply(version, removing), IsOk());
}

TEST(VersionEdit, GoesThroughBytes) {
  VersionEdit edit = adding(3, table(12, "from", "to"));
  edit.removed = {{.level = 1, .number = 4}, {.level = 2, .number = 5}};
  Bytes bytes;
  encode_edit(edit, bytes);
  const VersionEdit again = decode_edit(bytes).value();
  Bytes bytes_again;
  encode_edit(again, bytes_again);
  EXPECT_EQ(bytes, bytes_again);
  ASSERT_EQ(again.added.size(), 1u);
  EXPECT_EQ(again.added[0].level, 3u);
  EXPECT_EQ(again.added[0].table.largest, key_bytes("to"));
  EXPECT_EQ(again.removed[1].number, 5u);
}

TEST(VersionEdit, TheWholeVersionIsAnEditOfAnEmptyOne) {
  Version version = apply({}, adding(0, table(1, "d", "f"))).value();
  version = apply(version, adding(2, table(2, "a", "b"))).value();
  const Version again = apply({}, whole(version)).value();
  EXPECT_EQ(numbers(again, 0), numbers(version, 0));
  EXPECT_EQ(numbers(again, 2), numbers(version, 2));
  EXPECT_EQ(again.log_start, version.log_start);
  EXPECT_EQ(again.sequence, version.sequence);
  EXPECT_EQ(again.next_number, version.next_number);
}

TEST(VersionEdit, RefusesEveryPrefixAndSurvivesAnyDamage) {
  VersionEdit edit = adding(3, table(12, "from", "to"));
  edit.removed = {{.level = 1, .number = 4}};
  Bytes good;
  encode_edit(edit, good);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(decode_edit(ByteView(good).first(size)).has_value()) << size;
  Bytes longer = good;
  longer.push_back(std::byte{0});
  EXPECT_THAT(decode_edit(longer), FailsWith(ErrorCode::kCorruption));
  env::Random random(41);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bad = good;
    for (int i = 0; i < 2; ++i)
      bad[random.below(bad.size())] = static_cast<std::byte>(random.next());
    if (const auto decoded = decode_edit(bad)) {
      if (const auto version = apply({}, *decoded)) version->check_invariants();
    }
  }
}

}  // namespace
}  // namespace strata::lsm
