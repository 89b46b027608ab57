// For most keys that a memtable does not hold, this filter says so. A search of a large skip list
// waits for memory about a dozen times. The filter waits at most once, and most gets find their key
// in a table, not in a memtable.
//
// It is a Bloom filter in which all bits of a key are in one word. Its size is a 64th of the
// memtable's size, up to 64 MiB. An entry takes at least 64 bytes in the memtable, so it has at
// least 8 bits here. (Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters",
// WEA '07.)
//
// Thread-safety: one thread may add at a time. Any number of threads may call may_contain() at the
// same time, without locks. For a key whose add() has returned, may_contain() returns true, in
// every thread that knows that it has returned.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace strata::lsm {

class MemtableFilter {
 public:
  // For a memtable that takes about `memtable_bytes` at most.
  explicit MemtableFilter(std::uint64_t memtable_bytes)
      : words_(std::clamp<std::uint64_t>(memtable_bytes / kPart / kWordSize, 1, kMostWords)) {}

  // `key_hash`: the result of hash_of().
  void add(std::uint64_t key_hash) {
    std::atomic<std::uint64_t>& word = words_[index_of(key_hash)];
    word.store(word.load(std::memory_order_relaxed) | bits_of(key_hash), std::memory_order_relaxed);
  }
  bool may_contain(std::uint64_t key_hash) const {
    const std::uint64_t bits = bits_of(key_hash);
    return (words_[index_of(key_hash)].load(std::memory_order_relaxed) & bits) == bits;
  }

  std::uint64_t memory() const { return words_.size() * kWordSize; }

 private:
  static constexpr std::uint64_t kPart = 64;  // memtable bytes per filter byte
  static constexpr std::uint64_t kWordSize = sizeof(std::uint64_t);
  static constexpr std::uint64_t kMostWords = (std::uint64_t{64} << 20) / kWordSize;

  // The upper half of the hash chooses the word.
  std::size_t index_of(std::uint64_t key_hash) const {
    return (key_hash >> 32) * words_.size() >> 32;
  }
  // The bits of a key in its word: three of them, each chosen by six bits of the lower half.
  static std::uint64_t bits_of(std::uint64_t key_hash) {
    return std::uint64_t{1} << (key_hash & 63) | std::uint64_t{1} << (key_hash >> 6 & 63) |
           std::uint64_t{1} << (key_hash >> 12 & 63);
  }

  std::vector<std::atomic<std::uint64_t>> words_;
};

}  // namespace strata::lsm
