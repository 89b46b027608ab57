#include "compaction/cache_shard.h"

#include <bit>

#include "base/assert.h"
#include "base/not_written.h"  // what the starter throws

namespace strata::compaction {
namespace {

constexpr std::size_t kTypicalBlock = 4096;
// Beside Block::memory(). A test holds it against what the allocator really gives out.
constexpr std::size_t kOverhead = 192;
// An allocation as large as this has pages of its own, of which the last one is not full.
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
  // TASK 3.2: while there is too little room, look at one block: of `small` where that has more
  // than its tenth of the limit, or where `main` is empty; else of `main`.
  while (bytes() + charge > limit_) {
    if (small_.bytes > limit_ / 10 || main_.entries.empty())
      pass_on_from_small(gone);
    else
      pass_on_from_main(gone);
  }
  // END TASK 3.2
}

void CacheShard::pass_on_from_small(std::vector<BlockPointer>& gone) {
  // TASK 3.2: the oldest goes to `main`, its hits forgotten, if it had more than one. Else it
  // goes altogether, and a ghost is left.
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
  // TASK 3.2: the oldest goes round again if it had a hit, at the price of one. Else it goes.
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
