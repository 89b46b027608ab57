// One shard of the block cache, without its lock: decides which blocks stay. The algorithm is
// S3-FIFO.
//
//   a new block --> small --- two hits or more --> main ---> evicted, if it has no hit left
//                     |                             ^  |
//                     v                             |  |
//      evicted, and leaves a ghost -- read again ---'  '-- else it loses one, and goes round again
//
// A hit is a read that finds the block here; the read that brought the block is none. Most blocks
// of a scan have no hit. An LRU list puts each of them at its front, so a scan that is larger than
// the cache evicts everything else. Here the blocks of a scan pass through `small`, which has a
// tenth of the bytes, and do not touch `main`. When a block leaves `small`, the cache keeps its
// hash as a *ghost*. If the block is read again soon, it left too early, and goes straight into
// `main`.
//
// A hit only increases a counter of the block. No list changes, so the lock is held for tens of
// nanoseconds. Of the algorithms that resist scans (2Q, LIRS, ARC) S3-FIFO has the fewest parts.
// Its authors found fewer misses than with any of the others on 6594 traces of real caches. (Yang,
// Zhang, Qiu, Yue, Rashmi: "FIFO Queues are All You Need for Cache Eviction", SOSP '23.)
//
// Thread-safety: none; the owner has a lock.
// Invariant: bytes() <= the limit. bytes() includes what the cache itself needs for each block.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "compaction/cache_table.h"

namespace strata::compaction {

struct CacheStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

// Hashes of blocks that were evicted lately. A new hash overwrites the old one in its slot. So the
// table remembers about as many blocks as fit into the cache, and forgets some of them by chance.
class Ghosts {
 public:
  explicit Ghosts(std::size_t cache_bytes);

  void add(std::uint64_t hash) {
    if (!slots_.empty()) slots_[index_of(hash)] = mark_of(hash);
  }
  bool contains(std::uint64_t hash) const {
    return !slots_.empty() && slots_[index_of(hash)] == mark_of(hash);
  }
  std::size_t memory() const { return slots_.size() * sizeof(slots_[0]); }

 private:
  static std::uint32_t mark_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32) | 1;  // 0: the slot is empty
  }
  std::size_t index_of(std::uint64_t hash) const { return hash & (slots_.size() - 1); }

  std::vector<std::uint32_t> slots_;  // their number is a power of two; none in a tiny cache
};

class CacheShard {
 public:
  // The bytes that a block counts toward the limit: its memory, its entry and bucket in the table,
  // its place in a queue, and what the allocator adds to each of these.
  static std::size_t charge_of(const lsm::Block& block);

  explicit CacheShard(std::size_t limit);

  BlockPointer find(const CacheKey& key);  // null: not there. A block found gets one more hit

  // If a block is at `key` already, that one stays: the contents of a place never change. A block
  // that is larger than the limit is not kept. Returns the evicted blocks, so that the caller can
  // free them after it has released the lock.
  std::vector<BlockPointer> insert(const CacheKey& key, BlockPointer block);

  std::size_t bytes() const { return small_.bytes + main_.bytes + ghosts_.memory(); }
  CacheStats stats() const;
  void check_invariants() const;

 private:
  static constexpr std::uint8_t kMostHits = 3;  // a block's hits are not counted beyond this

  struct Queue {
    std::deque<CacheEntry*> entries;  // the oldest is at the front
    std::size_t bytes = 0;

    void push(CacheEntry* entry);  // as the newest
    CacheEntry* pop();             // the oldest; it stays in the table. Requires: not empty
  };

  // Ensures: bytes() + charge <= the limit. Requires: charge + ghosts_.memory() <= the limit.
  // Adds the evicted blocks to `gone`.
  void make_room(std::size_t charge, std::vector<BlockPointer>& gone);
  // Takes the oldest block of the queue, and either keeps it in a queue or evicts it. Requires: the
  // queue is not empty.
  void pass_on_from_small(std::vector<BlockPointer>& gone);
  void pass_on_from_main(std::vector<BlockPointer>& gone);
  // Destroys `entry`, so nobody may use it afterwards; moves its block to `gone`. Requires: `entry`
  // is in no queue.
  void evict(CacheEntry* entry, std::vector<BlockPointer>& gone);

  const std::size_t limit_;
  Ghosts ghosts_;
  CacheTable table_;
  Queue small_;
  Queue main_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace strata::compaction
