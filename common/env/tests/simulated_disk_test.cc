// What a power cut leaves of files and of directories, without a file system around them.
#include "env/simulated_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace strata::env {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Bytes filled(std::size_t size, char with) { return Bytes(size, static_cast<std::byte>(with)); }
SimulatedFile::Write write(std::uint64_t offset, std::size_t size, char with) {
  return {offset, filled(size, with)};
}
std::string text(const Bytes& bytes) { return std::string(as_text(bytes)); }

std::string cut(const SimulatedFile& file, Unsynced data, std::uint64_t seed = 0,
                std::size_t sector_bytes = 512) {
  Random random(seed);
  return text(file.after_power_cut({.data = data, .sector_bytes = sector_bytes}, random));
}

SimulatedFile synced_file(std::size_t size) {
  SimulatedFile file;
  file.apply(write(0, size, 'a'));
  file.sync();
  return file;
}

TEST(SimulatedFile, SyncedBytesSurviveEveryPowerCut) {
  const SimulatedFile file = synced_file(2000);
  for (const Unsynced data : {Unsynced::kKept, Unsynced::kLost, Unsynced::kSubset})
    EXPECT_EQ(cut(file, data), std::string(2000, 'a'));
}

TEST(SimulatedFile, UnsyncedBytesAreKeptOrLostAsAsked) {
  SimulatedFile file = synced_file(4);
  file.apply(write(2, 4, 'b'));
  EXPECT_EQ(text(file.now), "aabbbb");
  EXPECT_EQ(cut(file, Unsynced::kKept), "aabbbb");
  EXPECT_EQ(cut(file, Unsynced::kLost), "aaaa");
}

TEST(SimulatedFile, ATruncateIsKeptOrLostLikeAWrite) {
  SimulatedFile file = synced_file(4);
  file.apply(SimulatedFile::Truncate{1});
  EXPECT_EQ(text(file.now), "a");
  EXPECT_EQ(cut(file, Unsynced::kKept), "a");
  EXPECT_EQ(cut(file, Unsynced::kLost), "aaaa");
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) seen.insert(cut(file, Unsynced::kSubset, seed));
  EXPECT_THAT(seen, ElementsAre("a", "aaaa"));
}

TEST(SimulatedFile, ASubsetTearsAtSectorsOfTheFileAndNowhereElse) {
  for (const std::size_t sector : {512u, 4096u}) {
    SimulatedFile file = synced_file(4 * sector);
    file.apply(write(100, 3 * sector, 'b'));  // not aligned: touches four sectors
    std::set<std::string> patterns;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const std::string found = cut(file, Unsynced::kSubset, seed, sector);
      ASSERT_EQ(found.size(), 4 * sector);
      std::string pattern;
      for (std::size_t at = 0; at < 4 * sector; at += sector) {
        const std::size_t begin = std::max<std::size_t>(at, 100);
        const std::size_t end = std::min(at + sector, 100 + 3 * sector);
        pattern += found[begin];
        ASSERT_EQ(found.substr(begin, end - begin), std::string(end - begin, pattern.back()));
      }
      patterns.insert(pattern);
    }
    EXPECT_EQ(patterns.size(), 16u) << "each of the four sectors comes or stays away on its own";
  }
}

TEST(SimulatedFile, ALostSectorBeforeAKeptOneIsAHoleOfZeros) {
  SimulatedFile file;
  file.apply(write(0, 1024, 'b'));
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) seen.insert(cut(file, Unsynced::kSubset, seed));
  EXPECT_EQ(seen, (std::set<std::string>{"", std::string(512, 'b'), std::string(1024, 'b'),
                                         std::string(512, '\0') + std::string(512, 'b')}));
}

TEST(SimulatedFile, WhatAFailedSyncLostNoLaterSyncBringsBack) {
  SimulatedFile file = synced_file(4);
  file.apply(write(4, 2, 'b'));
  file.lose_unsynced();
  EXPECT_EQ(text(file.now), "aaaabb") << "it is still seen, as in a page cache";
  file.apply(write(6, 2, 'c'));
  file.sync();
  EXPECT_EQ(cut(file, Unsynced::kKept), std::string("aaaa\0\0cc", 8));
}

TEST(SimulatedFile, AFlippedBitIsSeenAndSurvives) {
  SimulatedFile file = synced_file(3);
  file.flip_bit(1, 1);  // 'a' becomes 'c'
  EXPECT_EQ(text(file.now), "aca");
  EXPECT_EQ(cut(file, Unsynced::kLost), "aca");
  file.flip_bit(1, 1);
  EXPECT_EQ(text(file.now), "aaa");
}

TEST(SimulatedFile, AnUnsyncedWriteHidesAFlippedBitAndItsSyncMendsIt) {
  SimulatedFile file = synced_file(3);
  file.apply(write(1, 1, 'a'));
  file.flip_bit(1, 1);
  EXPECT_EQ(text(file.now), "aaa");
  EXPECT_EQ(cut(file, Unsynced::kLost), "aca");
  file.sync();
  EXPECT_EQ(cut(file, Unsynced::kLost), "aaa");
}

TEST(SimulatedFile, ABitFlipsBehindAnUnsyncedTruncate) {
  SimulatedFile file = synced_file(3);
  file.apply(SimulatedFile::Truncate{1});
  file.apply(write(2, 1, 'b'));
  file.flip_bit(1, 1);
  EXPECT_EQ(text(file.now), std::string("a\0b", 3));
  EXPECT_EQ(cut(file, Unsynced::kLost), "aca");
}

class SimulatedNames : public ::testing::Test {
 protected:
  void create(const std::string& name) {
    directory_.apply({std::nullopt, name, std::make_shared<SimulatedNode>()});
  }
  void rename(const std::string& from, const std::string& to) {
    directory_.apply({from, to, directory_.now.at(from)});
  }
  std::vector<std::string> cut(Unsynced names, std::uint64_t seed = 0) const {
    Random random(seed);
    std::vector<std::string> found;
    for (const auto& [name, node] : directory_.after_power_cut({.names = names}, random))
      found.push_back(name);
    return found;
  }

  SimulatedDirectory directory_;
};

TEST_F(SimulatedNames, AreDurableOnceTheDirectoryIsSynced) {
  create("a");
  directory_.sync();
  create("b");
  directory_.apply({"a", "", nullptr});
  EXPECT_THAT(cut(Unsynced::kLost), ElementsAre("a"));
  EXPECT_THAT(cut(Unsynced::kKept), ElementsAre("b"));
}

TEST_F(SimulatedNames, SurviveInAnySubset) {
  create("a");
  create("b");
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) seen.insert(cut(Unsynced::kSubset, seed));
  EXPECT_EQ(seen, (std::set<std::vector<std::string>>{{}, {"a"}, {"b"}, {"a", "b"}}));
}

TEST_F(SimulatedNames, ARenameHappensWholeOrNotAtAll) {
  create("old");
  create("target");
  directory_.sync();
  rename("old", "target");
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) seen.insert(cut(Unsynced::kSubset, seed));
  EXPECT_EQ(seen, (std::set<std::vector<std::string>>{{"old", "target"}, {"target"}}));
}

TEST(PowerCut, TheSameSeedTossesTheSameCoins) {
  SimulatedNode root;
  root.is = SimulatedDirectory{};
  auto node = std::make_shared<SimulatedNode>();
  node->file()->apply(write(0, 512 * 64, 'b'));
  root.directory()->apply({std::nullopt, "f", node});
  root.directory()->sync();
  const auto content = [&](std::uint64_t seed) {
    const auto after = after_power_cut(root, {.data = Unsynced::kSubset, .seed = seed});
    EXPECT_THAT(after->directory()->unsynced, IsEmpty());
    return after->directory()->now.at("f")->file()->now;
  };
  EXPECT_EQ(content(1), content(1));
  EXPECT_NE(content(1), content(2));
}

// `names` all lead to one file of 64 unsynced sectors.
SimulatedNode disk_with_links(const std::vector<std::string>& names) {
  SimulatedNode root;
  root.is = SimulatedDirectory{};
  auto node = std::make_shared<SimulatedNode>();
  node->file()->apply(write(0, 512 * 64, 'b'));
  for (const std::string& name : names) root.directory()->apply({std::nullopt, name, node});
  root.directory()->sync();
  return root;
}

TEST(PowerCut, TwoNamesOfOneFileStayTwoNamesOfOneFile) {
  const SimulatedNode root = disk_with_links({"f", "g"});
  const auto cut = after_power_cut(root, {.data = Unsynced::kSubset, .seed = 1});
  EXPECT_EQ(cut->directory()->now.at("f"), cut->directory()->now.at("g"));
  EXPECT_EQ(cut->directory()->safe.at("f"), cut->directory()->safe.at("g"));
  const auto one = after_power_cut(disk_with_links({"f"}), {.data = Unsynced::kSubset, .seed = 1});
  EXPECT_EQ(cut->directory()->now.at("f")->file()->now, one->directory()->now.at("f")->file()->now)
      << "a second name tosses no coins";
  const auto copy = copy_of(root);
  EXPECT_EQ(copy->directory()->now.at("f"), copy->directory()->now.at("g"));
  EXPECT_NE(copy->directory()->now.at("f"), root.directory()->now.at("f"));
}

TEST(PowerCut, CanLoseTheWholeDisk) {
  const auto after = after_power_cut(disk_with_links({"f"}), {.disk_lost = true});
  EXPECT_THAT(after->directory()->now, IsEmpty());
}

TEST(ChooseSafeBit, ReachesEachSafeBitOfEachFileAndCountsALinkedFileOnce) {
  SimulatedNode root = disk_with_links({"f", "g"});
  root.directory()->now.at("f")->file()->replace(filled(1, 'a'));
  auto other = std::make_shared<SimulatedNode>();
  other->file()->replace(filled(1, 'a'));
  other->file()->apply(write(1, 1, 'b'));  // not safe
  root.directory()->apply({std::nullopt, "h", other});
  std::map<std::string, int> counts;
  for (std::uint64_t seed = 0; seed < 1600; ++seed) {
    const auto place = choose_safe_bit(root, seed).value();
    ASSERT_EQ(place.byte, 0u);
    ++counts[place.path.string() + " " + std::to_string(place.bit)];
  }
  EXPECT_EQ(counts.size(), 16u);
  for (const auto& [place, count] : counts) EXPECT_NEAR(count, 100, 50) << place;
}

TEST(ChooseSafeBit, FindsNoneWhereNothingIsSafe) {
  EXPECT_EQ(choose_safe_bit(disk_with_links({"f"}), 1), std::nullopt);
}

TEST(PowerCut, SaysWhatItDoes) {
  const PowerCut cut{.data = Unsynced::kSubset, .names = Unsynced::kKept, .seed = 7};
  EXPECT_EQ(cut.describe(),
            "unsynced data a subset, unsynced names kept, sectors of 512 bytes, seed 7");
  EXPECT_EQ(PowerCut{.disk_lost = true}.describe(), "the whole disk lost");
}

}  // namespace
}  // namespace strata::env
