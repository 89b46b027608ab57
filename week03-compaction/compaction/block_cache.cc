#include "compaction/block_cache.h"

#include <bit>

#include "base/assert.h"

namespace strata::compaction {

ShardedBlockCache::ShardedBlockCache(std::size_t limit, std::size_t shard_count) : limit_(limit) {
  STRATA_ASSERT(std::has_single_bit(shard_count));
  for (std::size_t i = 0; i < shard_count; ++i)
    shards_.push_back(std::make_unique<Shard>(limit / shard_count));
}

// Uses bits of the hash that neither a shard's table nor its ghosts use for their index.
ShardedBlockCache::Shard& ShardedBlockCache::shard_of(const CacheKey& key) const {
  return *shards_[(key.hash >> 40) & (shards_.size() - 1)];
}

std::shared_ptr<const lsm::Block> ShardedBlockCache::find(const Place& place) {
  const CacheKey key(place);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  return shard.blocks.find(key);
}

void ShardedBlockCache::insert(const Place& place, std::shared_ptr<const lsm::Block> block) {
  const CacheKey key(place);
  Shard& shard = shard_of(key);
  std::vector<BlockPointer> gone;  // destroyed, and its blocks freed, after the lock
  const std::lock_guard lock(shard.mutex);
  gone = shard.blocks.insert(key, std::move(block));
}

std::vector<Stat> ShardedBlockCache::stats() const {
  const CacheStats sum = counts();
  return {{"cache_bytes", std::uint64_t{sum.bytes}},
          {"cache_limit_bytes", std::uint64_t{limit_}},
          {"cache_hits", sum.hits},
          {"cache_misses", sum.misses},
          {"cache_evictions", sum.evictions}};
}

CacheStats ShardedBlockCache::counts() const {
  CacheStats sum;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    const CacheStats stats = shard->blocks.stats();
    sum.hits += stats.hits;
    sum.misses += stats.misses;
    sum.evictions += stats.evictions;
    sum.blocks += stats.blocks;
    sum.bytes += stats.bytes;
  }
  return sum;
}

void ShardedBlockCache::check_invariants() const {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    shard->blocks.check_invariants();
  }
}

}  // namespace strata::compaction
