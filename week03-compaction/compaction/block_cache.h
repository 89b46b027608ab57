// Keeps blocks that were read from disk, decompressed and checked. The limit in bytes covers all
// memory that the cache uses.
//
// Every read asks the cache, so one lock for all threads would be too slow. The cache is divided
// into shards by the hash of a block's place. Each shard has a lock of its own and an equal share
// of the limit. cache_shard.h says which blocks stay, and why a scan does not evict hot blocks.
//
// Thread-safety: every function may be called from many threads at once. A shard's lock is held
// while its map is searched or changed; never while a block is freed.
// Ownership: a block that is evicted while somebody reads it lives until the reader releases it.
// Invariant: stats().bytes <= limit() at every moment. The memory that the cache uses is below the
// limit too, except for blocks that an insertion has evicted and is just freeing.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/thread_slot.h"
#include "compaction/cache_shard.h"

namespace strata::compaction {

class ShardedBlockCache final : public lsm::BlockCache {
 public:
  static constexpr std::size_t kDefaultShards = 16;

  // Requires: `shard_count` is a power of two. A block that is larger than a shard's share of the
  // limit is not kept.
  explicit ShardedBlockCache(std::size_t limit, std::size_t shard_count = kDefaultShards);

  std::shared_ptr<const lsm::Block> find(const Place& place) override;
  void insert(const Place& place, std::shared_ptr<const lsm::Block> block) override;

  std::size_t limit() const { return limit_; }
  std::vector<Stat> stats() const override;
  CacheStats counts() const;  // the sum over all shards; locks one after the other
  void check_invariants() const;

 private:
  struct alignas(kCacheLine) Shard {
    explicit Shard(std::size_t limit) : blocks(limit) {}

    mutable std::mutex mutex;
    CacheShard blocks;  // guarded by mutex
  };
  Shard& shard_of(const CacheKey& key) const;

  const std::size_t limit_;
  std::vector<std::unique_ptr<Shard>> shards_;  // constant
};

}  // namespace strata::compaction
