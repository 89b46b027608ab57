// Finds the block at a place: a hash table in which the entries of a bucket form a linked list.
// Finding an entry takes two steps through memory; std::unordered_map takes three. With 200,000
// blocks each step is a cache miss, so a look takes half as long here.
//
// Thread-safety: none; one owner. An entry's address stays the same until the entry is taken out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lsm/block.h"
#include "lsm/seams.h"

namespace strata::compaction {

using BlockPointer = std::shared_ptr<const lsm::Block>;

// A place together with its hash, so that the hash is computed once.
struct CacheKey {
  lsm::BlockCache::Place place;
  std::uint64_t hash;

  // Two rounds of multiplying and folding: each bit of the place reaches all bits of the hash.
  explicit CacheKey(const lsm::BlockCache::Place& of) : place(of), hash(of.offset) {
    hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15 + of.table;
    hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9;
    hash ^= hash >> 32;
  }
  friend bool operator==(const CacheKey& a, const CacheKey& b) {
    return a.place.offset == b.place.offset && a.place.table == b.place.table;
  }
};

struct CacheEntry {
  CacheKey key;
  BlockPointer block;
  std::size_t charge;                          // bytes, including what the cache needs for it
  std::uint8_t hits = 0;                       // that CacheShard has not taken away again
  std::unique_ptr<CacheEntry> next = nullptr;  // the next entry of its bucket
};

class CacheTable {
 public:
  CacheTable() : buckets_(1) {}

  CacheEntry* find(const CacheKey& key) const {
    CacheEntry* entry = buckets_[index_of(key)].get();
    while (entry != nullptr && !(entry->key == key)) entry = entry->next.get();
    return entry;
  }

  // Requires: the entry's key is not in the table. Returns the entry, which the table owns.
  CacheEntry* insert(std::unique_ptr<CacheEntry> entry) {
    if (size_ == buckets_.size()) grow();
    ++size_;
    return link(std::move(entry));
  }

  // Removes `entry` and returns it. Requires: `entry` is in the table.
  std::unique_ptr<CacheEntry> take(CacheEntry* entry) {
    std::unique_ptr<CacheEntry>* at = &buckets_[index_of(entry->key)];
    while (at->get() != entry) at = &(*at)->next;
    --size_;
    std::unique_ptr<CacheEntry> taken = std::move(*at);
    *at = std::move(taken->next);
    return taken;
  }

  std::size_t size() const { return size_; }

 private:
  std::size_t index_of(const CacheKey& key) const { return key.hash & (buckets_.size() - 1); }

  CacheEntry* link(std::unique_ptr<CacheEntry> entry) {
    std::unique_ptr<CacheEntry>& bucket = buckets_[index_of(entry->key)];
    entry->next = std::move(bucket);
    bucket = std::move(entry);
    return bucket.get();
  }

  void grow() {
    std::vector<std::unique_ptr<CacheEntry>> old(2 * buckets_.size());
    old.swap(buckets_);
    for (std::unique_ptr<CacheEntry>& bucket : old)
      while (bucket) {
        std::unique_ptr<CacheEntry> entry = std::move(bucket);
        bucket = std::move(entry->next);
        link(std::move(entry));
      }
  }

  std::vector<std::unique_ptr<CacheEntry>> buckets_;  // their number is a power of two
  std::size_t size_ = 0;
};

}  // namespace strata::compaction
