// Which blocks stay: one shard of the block cache, without its lock. The algorithm is S3-FIFO.
//
//   a new block --> small --- asked for twice ---> main ---> out, if it was not asked for
//                     |                             ^  |     since the last time round
//                     v                             |  |
//      out, and a ghost is left -- read again ------'  '-- else round again
//
// Most blocks of a scan are asked for once. An LRU list takes each of them to its front, and a
// scan larger than the cache leaves nothing else in it. Here they pass through `small`, a tenth
// of the bytes, and `main` is not touched. A block that leaves `small` too early is remembered by
// its hash, as a ghost, and goes to `main` at once when it is read again.
// A hit only raises a number of the block: no list is mended, so the lock is held for tens of
// nanoseconds. Of the algorithms that resist scans (2Q, LIRS, ARC) it has the fewest parts, and
// on 6594 traces of real caches its authors found fewer misses than with any of them.
// (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO Queues are All You Need for Cache Eviction", SOSP '23.)
//
// Thread-safety: none; its owner has a lock.
// Invariant: bytes() <= the limit, with what the cache itself needs for each block.
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

// Hashes of blocks that went lately. A table in which a new one takes the slot of an old one:
// what is remembered is about as much as fits into the cache, and some of it is lost by chance.
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
    return static_cast<std::uint32_t>(hash >> 32) | 1;  // 0: there is none
  }
  std::size_t index_of(std::uint64_t hash) const { return hash & (slots_.size() - 1); }

  std::vector<std::uint32_t> slots_;  // as many as a power of two, or none in a tiny cache
};

class CacheShard {
 public:
  // What the limit is charged for a block: its memory, its entry and bucket in the table, its
  // place in a queue, and what the allocator adds to each of these.
  static std::size_t charge_of(const lsm::Block& block);

  explicit CacheShard(std::size_t limit);

  BlockPointer find(const CacheKey& key);  // null: not there

  // What is at `key` already stays: a block never changes. Nothing is kept that is larger than
  // the limit. Returns the blocks that had to go, so that they are freed outside the lock.
  std::vector<BlockPointer> insert(const CacheKey& key, BlockPointer block);

  std::size_t bytes() const { return small_.bytes + main_.bytes + ghosts_.memory(); }
  CacheStats stats() const;
  void check_invariants() const;

 private:
  static constexpr std::uint8_t kMostHits = 3;  // counted for a block

  struct Queue {
    std::deque<CacheEntry*> entries;  // the oldest in front
    std::size_t bytes = 0;

    void push(CacheEntry* entry);
    CacheEntry* pop();
  };

  // Ensures: bytes() + charge <= the limit. Requires: charge alone is not more.
  void make_room(std::size_t charge, std::vector<BlockPointer>& gone);
  // Each makes up its mind about the oldest block of a queue. Requires: it has one.
  void pass_on_from_small(std::vector<BlockPointer>& gone);
  void pass_on_from_main(std::vector<BlockPointer>& gone);
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
