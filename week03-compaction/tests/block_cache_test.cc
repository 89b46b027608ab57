#include "compaction/block_cache.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <list>
#include <map>
#include <set>
#include <thread>

#include "env/random.h"
#include "testing/sanitizers.h"

namespace strata::compaction {
namespace {

using Place = lsm::BlockCache::Place;

BlockPointer block_of(std::size_t size) {
  using namespace std::string_view_literals;
  return lsm::Block::parse(std::string(size - 8, 'x').append("\0\0\0\0\1\0\0\0"sv)).value();
}

// The place of the `number`-th block of 4 KiB.
Place place(std::uint64_t number) { return {.table = 7, .offset = 8 + 4101 * number}; }

const BlockPointer& typical_block() {
  static const BlockPointer block = block_of(4096);
  return block;
}

// As a table does: looks for a block, and inserts it if it is missing. Returns whether it was
// there.
bool read(lsm::BlockCache& cache, std::uint64_t number) {
  if (cache.find(place(number))) return true;
  cache.insert(place(number), typical_block());
  return false;
}

std::size_t charge_of_typical() { return CacheShard::charge_of(*typical_block()); }

// A cache of one shard with room for so many typical blocks, and for ghosts.
ShardedBlockCache cache_of(std::size_t blocks) {
  return ShardedBlockCache(blocks * charge_of_typical() + 5 * blocks, 1);
}

TEST(BlockCache, GivesBackTheBlockOfThatPlace) {
  ShardedBlockCache cache(1 << 20);
  const auto first = block_of(100);
  const auto second = block_of(100);
  cache.insert({.table = 1, .offset = 8}, first);
  cache.insert({.table = 2, .offset = 8}, second);
  EXPECT_EQ(cache.find({.table = 1, .offset = 8}), first);
  EXPECT_EQ(cache.find({.table = 2, .offset = 8}), second);
  EXPECT_EQ(cache.find({.table = 1, .offset = 108}), nullptr);
  EXPECT_EQ(cache.find({.table = 8, .offset = 1}), nullptr);
}

TEST(BlockCache, KeepsTheFirstOfTwoThatWereReadAtOnce) {
  ShardedBlockCache cache(1 << 20);
  const auto first = block_of(100);
  cache.insert(place(1), first);
  cache.insert(place(1), block_of(100));
  EXPECT_EQ(cache.find(place(1)), first);
  EXPECT_EQ(cache.counts().blocks, 1u);
  cache.check_invariants();
}

TEST(BlockCache, HasWhatWasJustInserted) {
  auto cache = cache_of(20);
  for (std::uint64_t i = 0; i < 200; ++i) {
    EXPECT_FALSE(read(cache, i));
    EXPECT_TRUE(read(cache, i)) << i;
  }
}

TEST(BlockCache, ABlockThatIsReadLivesOnWhenItHasGone) {
  auto cache = cache_of(20);
  cache.insert(place(1), block_of(4096));
  const auto block = cache.find(place(1));
  for (std::uint64_t i = 2; i < 100; ++i) read(cache, i);
  EXPECT_EQ(cache.find(place(1)), nullptr);
  EXPECT_EQ(block.use_count(), 1);
  EXPECT_GE(block->memory(), 4096u);
}

TEST(BlockCache, KeepsNoBlockLargerThanAShardsShare) {
  ShardedBlockCache cache(64 << 10, 4);
  cache.insert(place(1), block_of(17 << 10));
  EXPECT_EQ(cache.find(place(1)), nullptr);
  cache.insert(place(1), block_of(15 << 10));
  EXPECT_NE(cache.find(place(1)), nullptr);
  ShardedBlockCache none(0);
  none.insert(place(1), block_of(100));
  EXPECT_EQ(none.find(place(1)), nullptr);
  EXPECT_EQ(none.counts().bytes, 0u);
}

TEST(BlockCache, CountsWhatHappens) {
  auto cache = cache_of(20);
  for (std::uint64_t i = 0; i < 30; ++i) read(cache, i);
  for (int i = 0; i < 5; ++i) read(cache, 29);
  const CacheStats stats = cache.counts();
  EXPECT_EQ(stats.hits, 5u);
  EXPECT_EQ(stats.misses, 30u);
  EXPECT_EQ(stats.evictions, 10u);
  EXPECT_EQ(stats.blocks, 20u);
  EXPECT_GE(stats.bytes, 20 * charge_of_typical());
}

TEST(BlockCache, StaysUnderItsLimitWhateverTheSizes) {
  constexpr std::size_t kLimit = 256 << 10;
  env::Random random(1);
  ShardedBlockCache cache(kLimit, 4);
  std::map<std::size_t, BlockPointer> blocks;
  for (std::size_t size = 8; size < (100 << 10); size += size / 2) blocks[size] = block_of(size);
  for (int i = 0; i < (testing::kSanitized ? 2'000 : 20'000); ++i) {
    const auto& block =
        std::next(blocks.begin(), static_cast<std::ptrdiff_t>(random.below(blocks.size())))->second;
    const Place at = place(random.below(1 + random.below(300)));
    if (!cache.find(at)) cache.insert(at, block);
    ASSERT_LE(cache.counts().bytes, kLimit);
    cache.check_invariants();
  }
  EXPECT_GT(cache.counts().hits, 100u);
  EXPECT_GT(cache.counts().evictions, 100u);
}

TEST(BlockCache, StaysUnderItsLimitBesideManyThreads) {
  constexpr std::size_t kLimit = 1 << 20;
  ShardedBlockCache cache(kLimit);
  read(cache, 0);  // an unwritten task throws here
  for (std::uint64_t i = 1; i < 1000; ++i) read(cache, i);
  std::atomic<int> reading{4};
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      env::Random random(t);
      for (int i = 0; i < (testing::kSanitized ? 5'000 : 50'000); ++i)
        read(cache, random.below(1 + random.below(1000)));
      --reading;
    });
  while (reading > 0) {
    ASSERT_LE(cache.counts().bytes, kLimit);
    cache.check_invariants();
  }
  threads.clear();
  EXPECT_LE(cache.counts().bytes, kLimit);
  EXPECT_GT(cache.counts().bytes, kLimit * 9 / 10);
}

TEST(BlockCache, FillsAllOfItsShards) {
  constexpr std::size_t kLimit = 16 << 20;
  ShardedBlockCache cache(kLimit);
  for (std::uint64_t i = 0; i < 10'000; ++i) read(cache, i);
  EXPECT_GT(cache.counts().bytes, kLimit * 99 / 100);
}

// Checks what the allocator has given out, and not what the cache says about itself.
TEST(BlockCache, TakesNoMoreMemoryThanItsLimit) {
  if (testing::kSanitized) GTEST_SKIP() << "sanitizers have an allocator of their own";
  const auto allocated = [] {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  constexpr std::size_t kLimit = 8 << 20;
  for (const std::size_t size : {200u, 1000u, 4096u, 5000u, 40'000u, 140'000u}) {
    const std::size_t before = allocated();
    ShardedBlockCache cache(kLimit, 4);
    for (std::uint64_t i = 0; i < 3 * kLimit / size; ++i) cache.insert(place(i), block_of(size));
    const std::size_t taken = allocated() - before;
    EXPECT_LE(taken, kLimit) << "with blocks of " << size;
    EXPECT_GE(taken, kLimit * 9 / 10) << "with blocks of " << size;
  }
}

class LruCache final : public lsm::BlockCache {
 public:
  explicit LruCache(std::size_t blocks) : most_(blocks) {}
  BlockPointer find(const Place& at) override {
    const auto found = places_.find(at.offset);
    if (found == places_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }
  void insert(const Place& at, BlockPointer block) override {
    order_.emplace_front(at.offset, std::move(block));
    places_[at.offset] = order_.begin();
    if (order_.size() <= most_) return;
    places_.erase(order_.back().first);
    order_.pop_back();
  }

 private:
  const std::size_t most_;
  std::list<std::pair<std::uint64_t, BlockPointer>> order_;
  std::map<std::uint64_t, decltype(order_)::iterator> places_;
};

// Reads a hot set of half the size of the cache again and again, then scans ten times the size of
// the cache. Returns the share of the hot set that is still in the cache.
double part_that_survives_a_scan(lsm::BlockCache& cache, std::uint64_t cache_blocks) {
  const std::uint64_t hot = cache_blocks / 2;
  for (int round = 0; round < 5; ++round)
    for (std::uint64_t i = 0; i < hot; ++i) read(cache, i);
  for (std::uint64_t i = 0; i < 10 * cache_blocks; ++i) read(cache, 1'000'000 + i);
  std::uint64_t hits = 0;
  for (std::uint64_t i = 0; i < hot; ++i) hits += cache.find(place(i)) != nullptr;
  return static_cast<double>(hits) / static_cast<double>(hot);
}

TEST(BlockCache, AHotSetSurvivesAScan) {
  constexpr std::uint64_t kBlocks = 2000;
  ShardedBlockCache cache(kBlocks * charge_of_typical());
  EXPECT_GE(part_that_survives_a_scan(cache, kBlocks), 0.9);
  LruCache lru(kBlocks);
  EXPECT_EQ(part_that_survives_a_scan(lru, kBlocks), 0) << "so it was a scan";
}

TEST(BlockCache, ABlockThatWentTooEarlyStaysWhenItIsReadAgain) {
  auto cache = cache_of(20);
  for (std::uint64_t i = 0; i < 21; ++i) read(cache, i);
  EXPECT_FALSE(read(cache, 0)) << "it went, and left a ghost";
  for (std::uint64_t i = 100; i < 200; ++i) read(cache, i);
  EXPECT_TRUE(read(cache, 0)) << "other blocks passed it by";
}

TEST(BlockCache, OneMoreReadDoesNotMakeABlockHot) {
  auto cache = cache_of(20);
  for (std::uint64_t i = 0; i < 20; ++i) read(cache, i);
  read(cache, 0);
  read(cache, 1), read(cache, 1);
  for (std::uint64_t i = 100; i < 200; ++i) read(cache, i);
  EXPECT_EQ(cache.find(place(0)), nullptr);
  EXPECT_NE(cache.find(place(1)), nullptr);
}

TEST(BlockCache, WhatWasHotGoesWhenNobodyAsksForItAnyMore) {
  auto cache = cache_of(20);
  const auto make_hot = [&](std::uint64_t from) {
    for (int round = 0; round < 8; ++round)
      for (std::uint64_t i = from; i < from + 15; ++i) read(cache, i);
  };
  make_hot(0);
  make_hot(100);
  make_hot(200);
  make_hot(300);
  for (std::uint64_t i = 0; i < 15; ++i) EXPECT_EQ(cache.find(place(i)), nullptr) << i;
  std::uint64_t there = 0;
  for (std::uint64_t i = 300; i < 315; ++i) there += cache.find(place(i)) != nullptr;
  EXPECT_GE(there, 10u);
}

TEST(BlockCache, AHotBlockThatIsReadOutlivesOneThatIsNot) {
  auto cache = cache_of(20);
  const auto make_hot = [&](std::uint64_t first, std::uint64_t count) {
    for (int round = 0; round < 3; ++round)
      for (std::uint64_t i = first; i < first + count; ++i) read(cache, i);
    for (std::uint64_t i = 0; i < 20; ++i) read(cache, 1000 * first + 500 + i);  // moves them on
  };
  make_hot(0, 10);
  for (std::uint64_t hot = 100; hot < 115; ++hot) {
    for (std::uint64_t i = 0; i < 5; ++i) EXPECT_TRUE(read(cache, i)) << i;
    make_hot(hot, 1);
  }
  for (std::uint64_t i = 5; i < 10; ++i) EXPECT_EQ(cache.find(place(i)), nullptr) << i;
}

}  // namespace
}  // namespace strata::compaction
