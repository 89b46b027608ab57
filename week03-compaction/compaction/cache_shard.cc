#include "compaction/cache_shard.h"

#include <bit>

#include "base/assert.h"

namespace strata::compaction {
namespace {

constexpr std::size_t kTypicalBlock = 4096;
// What a block needs beside Block::memory(). A test compares it with what the allocator gives out.
constexpr std::size_t kOverhead = 192;
// An allocation of this size or more gets pages of its own, and the last page is not full.
constexpr std::size_t kLarge = std::size_t{128} << 10;
constexpr std::size_t kPage = 4096;

}  // namespace

Ghosts::Ghosts(std::size_t cache_bytes) : slots_(std::bit_floor(cache_bytes / kTypicalBlock)) {}

void CacheShard::Queue::push(CacheEntry* entry) {
  entries.push_back(entry);
  bytes += entry->charge;
}

CacheEntry* CacheShard::Queue::pop() {
  CacheEntry* const oldest = entries.front();
  entries.pop_front();
  bytes -= oldest->charge;
  return oldest;
}

std::size_t CacheShard::charge_of(const lsm::Block& block) {
  return block.memory() + kOverhead + (block.memory() < kLarge ? 0 : kPage);
}

CacheShard::CacheShard(std::size_t limit) : limit_(limit), ghosts_(limit) {}

BlockPointer CacheShard::find(const CacheKey& key) {
  CacheEntry* const found = table_.find(key);
  if (found == nullptr) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  if (found->hits < kMostHits) ++found->hits;
  return found->block;
}

std::vector<BlockPointer> CacheShard::insert(const CacheKey& key, BlockPointer block) {
  std::vector<BlockPointer> gone;
  const std::size_t charge = charge_of(*block);
  if (charge + ghosts_.memory() > limit_ || table_.find(key) != nullptr) return gone;
  const bool again = ghosts_.contains(key.hash);
  make_room(charge, gone);
  auto entry = std::make_unique<CacheEntry>(key, std::move(block), charge);
  (again ? main_ : small_).push(table_.insert(std::move(entry)));
  return gone;
}

void CacheShard::make_room(std::size_t charge, std::vector<BlockPointer>& gone) {
  // TASK 3.2: while bytes() + charge is above the limit, examine one block: the oldest of `small`
  // if `small` has more than a tenth of the limit or `main` is empty, otherwise the oldest of
  // `main`.
  while (bytes() + charge > limit_) {
    if (small_.bytes > limit_ / 10 || main_.entries.empty())
      pass_on_from_small(gone);
    else
      pass_on_from_main(gone);
  }
  // END TASK 3.2
}

void CacheShard::pass_on_from_small(std::vector<BlockPointer>& gone) {
  // TASK 3.2: if the oldest block had more than one hit, it moves to `main`, and its hits begin at
  // 0 again. Otherwise it is evicted, and its hash is added to the ghosts.
  CacheEntry* const oldest = small_.pop();
  if (oldest->hits > 1) {
    oldest->hits = 0;
    main_.push(oldest);
  } else {
    ghosts_.add(oldest->key.hash);
    evict(oldest, gone);
  }
  // END TASK 3.2
}

void CacheShard::pass_on_from_main(std::vector<BlockPointer>& gone) {
  // TASK 3.2: if the oldest block had a hit, it loses one hit and becomes the newest of `main`.
  // Otherwise it is evicted.
  CacheEntry* const oldest = main_.pop();
  if (oldest->hits > 0) {
    --oldest->hits;
    main_.push(oldest);
  } else {
    evict(oldest, gone);
  }
  // END TASK 3.2
}

void CacheShard::evict(CacheEntry* entry, std::vector<BlockPointer>& gone) {
  gone.push_back(std::move(table_.take(entry)->block));
  ++evictions_;
}

CacheStats CacheShard::stats() const {
  return {.hits = hits_,
          .misses = misses_,
          .evictions = evictions_,
          .blocks = table_.size(),
          .bytes = bytes()};
}

void CacheShard::check_invariants() const {
  STRATA_ASSERT(bytes() <= limit_);
  STRATA_ASSERT(small_.entries.size() + main_.entries.size() == table_.size());
  for (const Queue* queue : {&small_, &main_}) {
    std::size_t charged = 0;
    for (const CacheEntry* entry : queue->entries) {
      STRATA_ASSERT(table_.find(entry->key) == entry);
      STRATA_ASSERT(entry->block && entry->hits <= kMostHits);
      STRATA_ASSERT(entry->charge == charge_of(*entry->block));
      charged += entry->charge;
    }
    STRATA_ASSERT(charged == queue->bytes);
  }
}

}  // namespace strata::compaction
