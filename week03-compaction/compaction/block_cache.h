// Keeps blocks that were read, unpacked and checked, up to a limit in bytes that stands for all
// the memory they take.
//
// Every read asks the cache, so it must not be one lock for all threads: it is cut into shards
// by the hash of a block's place, each with a lock and an equal share of the limit.
// Which blocks stay, and why a scan does not drive out the rest: cache_shard.h.
//
// Thread-safety: every function may be called from many threads at once. A shard's lock is held
// for a look into its map, or for an insertion; never while a block is freed.
// Invariant: stats().bytes <= limit() at every moment, and so is the memory it takes, but for
// blocks that an insertion has pushed out and is just freeing. A block that has gone while somebody
// reads it is the reader's, until he lets go of it.
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

  // Requires: `shard_count` is a power of two. A block larger than a shard's share of the limit
  // is not kept.
  explicit ShardedBlockCache(std::size_t limit, std::size_t shard_count = kDefaultShards);

  std::shared_ptr<const lsm::Block> find(const Place& place) override;
  void insert(const Place& place, std::shared_ptr<const lsm::Block> block) override;

  std::size_t limit() const { return limit_; }
  std::vector<Stat> stats() const override;
  CacheStats counts() const;  // summed over the shards, one after the other
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
