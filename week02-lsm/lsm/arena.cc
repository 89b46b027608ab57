#include "lsm/arena.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>
#include <utility>

#include "base/assert.h"

namespace strata::lsm {

std::byte* Arena::allocate(std::size_t size, std::size_t alignment) {
  STRATA_ASSERT(alignment <= kMaxAlignment);
  // A large piece gets its own block, so that little of the current block is wasted.
  if (size > block_size_ / 4) return new_block(size);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(free_) & (alignment - 1);
  const std::size_t skip = past == 0 ? 0 : alignment - past;
  if (free_ == nullptr || skip + size > free_size_) {
    free_ = new_block(block_size_);
    free_size_ = block_size_;
    return allocate(size, alignment);
  }
  std::byte* const piece = free_ + skip;
  free_ = piece + size;
  free_size_ -= skip + size;
  return piece;
}

std::byte* Arena::new_block(std::size_t size) {
  const bool huge = size % kHugePage == 0;
  const std::size_t alignment = huge ? kHugePage : kMaxAlignment;
  size = (size + alignment - 1) / alignment * alignment;
  std::unique_ptr<std::byte, Free> block(
      static_cast<std::byte*>(std::aligned_alloc(alignment, size)));
  if (!block) throw std::bad_alloc();
  blocks_.push_back(std::move(block));
  std::byte* const begin = blocks_.back().get();
  if (huge) ::madvise(begin, size, MADV_HUGEPAGE);  // only a request; without it, all is slower
  memory_.fetch_add(size, std::memory_order_relaxed);
  return begin;
}

}  // namespace strata::lsm
