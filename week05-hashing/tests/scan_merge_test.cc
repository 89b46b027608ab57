// Pages of several scans become one scan.
#include "shard/scan_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "env/random.h"

namespace strata::shard {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Keys = std::vector<std::string>;

net::proto::ScanPage page(const Keys& keys) {
  net::proto::ScanPage page;
  for (const std::string& key : keys) {
    page.add_entries()->set_key(key);
    page.mutable_entries()->rbegin()->set_value("v");
  }
  return page;
}

Keys take(ScanMerge& merge, std::size_t bytes = 1'000'000) {
  net::proto::ScanPage out;
  merge.take(out, bytes);
  Keys keys;
  for (const auto& entry : out.entries()) keys.push_back(entry.key());
  return keys;
}

TEST(ScanMerge, WaitsForAPageOfEachPart) {
  ScanMerge merge(3, false, 100);
  EXPECT_THAT(merge.needs(), ElementsAre(0, 1, 2));
  merge.add(1, page({"b"}), true);
  EXPECT_THAT(merge.needs(), ElementsAre(0, 2));
  EXPECT_THAT(take(merge), IsEmpty()) << "another part may have an earlier key";
  merge.add(0, page({"a", "c"}), false);
  merge.add(2, page({}), true);
  EXPECT_THAT(take(merge), ElementsAre("a", "b", "c"));
  EXPECT_THAT(merge.needs(), ElementsAre(0));
  EXPECT_FALSE(merge.is_done());
  merge.add(0, page({}), true);
  EXPECT_TRUE(merge.is_done());
}

TEST(ScanMerge, APageMayBeEmptyAndNotTheLast) {
  ScanMerge merge(1, false, 100);
  merge.add(0, page({}), false);
  EXPECT_THAT(merge.needs(), ElementsAre(0));
  EXPECT_FALSE(merge.is_done());
}

TEST(ScanMerge, EndsAtTheLimit) {
  ScanMerge merge(2, false, 3);
  merge.add(0, page({"a", "c"}), true);
  merge.add(1, page({"b", "d"}), false);
  EXPECT_THAT(take(merge), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(merge.is_done());
  EXPECT_THAT(merge.needs(), IsEmpty());
}

TEST(ScanMerge, OfNothingIsDone) {
  EXPECT_TRUE(ScanMerge(0, false, 5).is_done());
  EXPECT_TRUE(ScanMerge(2, false, 0).is_done());
}

TEST(ScanMerge, FillsPagesUpToTheirSize) {
  ScanMerge merge(1, false, 100);
  merge.add(0, page({"a", "b", "c", "d"}), true);
  EXPECT_THAT(take(merge, 4), ElementsAre("a", "b"));
  EXPECT_THAT(take(merge, 1), ElementsAre("c"));
}

TEST(ScanMerge, GivesWhatOneScanWouldGive) {
  env::Random random(1);
  for (int round = 0; round < 300; ++round) {
    const bool reverse = random.one_in(2);
    const std::size_t parts = 1 + random.below(5);
    std::vector<Keys> keys(parts);
    Keys all;
    for (std::uint64_t i = 0; i < random.below(60); ++i) {
      all.push_back(std::to_string(1000 + i) + (random.one_in(2) ? "\xff" : ""));
      keys[random.below(parts)].push_back(all.back());
    }
    if (reverse) {
      std::ranges::reverse(all);
      for (Keys& part : keys) std::ranges::reverse(part);
    }
    const std::uint64_t limit = random.one_in(2) ? 1000 : random.below(60);
    all.resize(std::min<std::size_t>(all.size(), limit));
    ScanMerge merge(parts, reverse, limit);
    Keys merged;
    while (!merge.is_done()) {
      for (const std::size_t part : merge.needs()) {
        const std::size_t size = std::min<std::size_t>(keys[part].size(), random.below(4));
        const auto end = keys[part].begin() + static_cast<std::ptrdiff_t>(size);
        merge.add(part, page({keys[part].begin(), end}), end == keys[part].end());
        keys[part].erase(keys[part].begin(), end);
      }
      for (std::string& key : take(merge, 1 + random.below(40))) merged.push_back(std::move(key));
    }
    ASSERT_EQ(merged, all) << round;
  }
}

}  // namespace
}  // namespace strata::shard
