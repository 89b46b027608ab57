// Memory that is given out piece by piece and taken back all at once, when the arena dies.
// A memtable lives in one: its nodes never move, and freeing a million of them is freeing
// some blocks. A search steps from node to node all over an arena, so large ones are asked for
// in huge pages: the processor can then translate all its addresses without looking them up.
//
// Thread-safety: one thread may allocate; memory() may be asked by any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace strata::lsm {

class Arena {
 public:
  static constexpr std::size_t kMaxAlignment = 64;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  // Takes memory from the system `block_size` bytes at a time; huge pages if that is a multiple
  // of kHugePage.
  explicit Arena(std::size_t block_size = kBlockSize) : block_size_(block_size) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `size` bytes, not initialised, that live as long as the arena. Requires: `alignment` is
  // a power of two, no larger than kMaxAlignment.
  std::byte* allocate(std::size_t size, std::size_t alignment = 1);

  // Bytes taken from the system so far.
  std::uint64_t memory() const { return memory_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kBlockSize = std::size_t{256} << 10;

  struct Free {
    void operator()(std::byte* block) const { std::free(block); }
  };
  std::byte* new_block(std::size_t size);

  const std::size_t block_size_;
  std::vector<std::unique_ptr<std::byte, Free>> blocks_;
  std::byte* free_ = nullptr;  // in the last block
  std::size_t free_size_ = 0;
  std::atomic<std::uint64_t> memory_{0};
};

}  // namespace strata::lsm
