// The picture of LEVELS is readable for one table and for two hundred.
#include "compaction/levels_picture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "compaction/key_scale.h"
#include "plans.h"

namespace strata::compaction {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(LevelsPicture, OfNothingSaysSo) {
  EXPECT_EQ(picture_of({}, nullptr, {}),
            "no tables: all there is is in memory, and in the log\n"
            "write amplification  -     (nothing was flushed since the store was opened)\n");
}

TEST(LevelsPicture, DrawsEachTableToScale) {
  const auto version = version_of({{0, {table(3, "b", "d", 600), table(2, "a", "i", 300)}},
                                   {6, {table(1, "e", "i", 3 * kMiB)}}});
  const LevelledPolicy policy{LevelledOptions{}};
  EXPECT_EQ("\n" + picture_of(version, &policy, {.flushed = 1000, .compacted = 1500}), R"(
keys                        |a                                                                  i|
level 0: 2 tables, 900 B, 50 % full
  table 3            600 B  |        ==================                                          |
  table 2            300 B  |====================================================================|
level 6: 1 table, 3.0 MiB
  table 1          3.0 MiB  |                                  ==================================|
write amplification  2.5   (2.4 KiB written since it was opened, 1000 B by flushes)
space amplification  1.0   (3.0 MiB in tables, 3.0 MiB in the largest run;
                           at most, without what snapshots hold)
read amplification   3     (tables that a GET looks at, at most)
)");
}

TEST(LevelsPicture, OfManyTablesIsShort) {
  std::vector<lsm::TableInfo> many;
  for (std::uint64_t i = 0; i < 200; ++i)
    many.push_back(table(i + 20, fmt::format("user{:04}0", i), fmt::format("user{:04}9", i), kMiB));
  std::vector<lsm::TableInfo> overlapping;
  for (std::uint64_t i = 0; i < 12; ++i)
    overlapping.push_back(table(12 - i, "user0000", "user0100"));
  const std::string picture = picture_of(version_of({{0, overlapping}, {6, many}}), nullptr, {});
  const auto lines = lines_of(picture);
  EXPECT_EQ(lines.size(), 9u) << picture;
  for (const std::string& line : lines) EXPECT_LE(line.size(), kPictureWidth) << line;
  EXPECT_THAT(picture, HasSubstr("level 6: 200 tables, 200.0 MiB\n"));
  EXPECT_THAT(picture, HasSubstr("  12 tables        1.2 KiB  |####"));
  EXPECT_THAT(picture, HasSubstr("read amplification   13 "));
}

TEST(LevelsPicture, ShowsLongAndUnreadableKeysWithinItsWidth) {
  const auto version =
      version_of({{0, {table(1, std::string(100, 'a'), std::string(50, '\xff') + "\n")}}});
  for (const std::string& line : lines_of(picture_of(version, nullptr, {})))
    EXPECT_LE(line.size(), kPictureWidth) << line;
}

TEST(LevelsPicture, OfALevelThatShouldBeEmptySaysSo) {
  const auto version = version_of({{0, {table(3, "a", "b", 4 * kMiB)}},
                                   {2, {table(2, "a", "b", 4 * kMiB)}},
                                   {6, {table(1, "a", "b", 4 * kMiB)}}});
  const LevelledPolicy policy{{.level1_bytes = kMiB}};
  EXPECT_THAT(picture_of(version, &policy, {}), HasSubstr("level 0: 1 table, 4.0 MiB, 400 % full"));
}

TEST(KeyScale, NumbersFillTheLine) {
  const KeyScale scale({"user099", "user000", "user050"});
  EXPECT_EQ(scale.smallest(), "user000");
  EXPECT_EQ(scale.largest(), "user099");
  EXPECT_EQ(scale.column("user000", 101), 0u);
  EXPECT_NEAR(static_cast<double>(scale.column("user050", 101)), 50, 5);
  EXPECT_EQ(scale.column("user099", 101), 100u);
}

TEST(KeyScale, KeepsTheOrderOfKeys) {
  const std::vector<std::string_view> keys{"", "a", "aa", "ab", "b", "zzzzzzzzzz", "\xff\xff"};
  const KeyScale scale(keys);
  for (std::size_t i = 1; i < keys.size(); ++i)
    EXPECT_LE(scale.column(keys[i - 1], 1000), scale.column(keys[i], 1000)) << keys[i];
}

TEST(KeyScale, OfOneKeyIsAPlace) { EXPECT_EQ(KeyScale({"a"}).column("a", 10), 0u); }

}  // namespace
}  // namespace strata::compaction
