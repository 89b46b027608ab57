// Says of most keys that a memtable does not have them. A search of a large skip list waits for
// memory a dozen times; this waits once at most, and most gets find what they seek in a table.
//
// A Bloom filter whose bits of a key all lie in one word. It has a 64th of the memtable's bytes, up
// to 64 MiB: an entry takes 64 bytes or more there, and so has 8 bits or more here, whatever keys
// and values are like. (Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters",
// WEA '07.)
//
// Thread-safety: one thread may add at a time; any number may ask beside it, without locks. Whoever
// knows that an add() has returned is never told that its key is not there.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace strata::lsm {

class MemtableFilter {
 public:
  // For a memtable that is to stay below so many bytes.
  explicit MemtableFilter(std::uint64_t memtable_bytes)
      : words_(std::clamp<std::uint64_t>(memtable_bytes / kPart / kWordSize, 1, kMostWords)) {}

  // `key_hash`: as hash_of() has it.
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
  static constexpr std::uint64_t kPart = 64;  // of the memtable
  static constexpr std::uint64_t kWordSize = sizeof(std::uint64_t);
  static constexpr std::uint64_t kMostWords = (std::uint64_t{64} << 20) / kWordSize;

  // Which one, by the upper half of the hash.
  std::size_t index_of(std::uint64_t key_hash) const {
    return (key_hash >> 32) * words_.size() >> 32;
  }
  // Three of them; six bits of the lower half say which one.
  static std::uint64_t bits_of(std::uint64_t key_hash) {
    return std::uint64_t{1} << (key_hash & 63) | std::uint64_t{1} << (key_hash >> 6 & 63) |
           std::uint64_t{1} << (key_hash >> 12 & 63);
  }

  std::vector<std::atomic<std::uint64_t>> words_;
};

}  // namespace strata::lsm
