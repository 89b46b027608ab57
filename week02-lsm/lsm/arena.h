// Gives out memory piece by piece and frees all of it at once, when the arena is destroyed. A
// memtable keeps its nodes in an arena: they never move, and freeing a million nodes means freeing
// a few blocks. A search jumps from node to node all over the arena. So a large arena asks for huge
// pages, with which the processor saves most address translations.
//
// Thread-safety: one thread may call allocate() at a time; any thread may call memory().
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

  // Gets memory from the system in blocks of `block_size` bytes; in huge pages if this is a
  // multiple of kHugePage.
  explicit Arena(std::size_t block_size = kBlockSize) : block_size_(block_size) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Returns `size` bytes, not initialised, that live as long as the arena. Requires: `alignment` is
  // a power of two, at most kMaxAlignment.
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
  std::byte* free_ = nullptr;  // free bytes of the last block
  std::size_t free_size_ = 0;
  std::atomic<std::uint64_t> memory_{0};
};

}  // namespace strata::lsm
