// The keys of a workload: key number i is i in decimal, padded with zeros to the key
// size, as db_bench writes them. So byte order is number order, and a key costs a few
// nanoseconds and no allocation.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

namespace strata::workload {

// Formats keys into a buffer of its own. Thread-safety: none; one a thread.
class KeyWriter {
 public:
  // Requires: every index has at most `key_size` digits.
  explicit KeyWriter(std::size_t key_size) : buffer_(key_size + 1, '.') {}

  // Valid until the next call.
  std::string_view key(std::uint64_t index) {
    write_digits(index);
    return {buffer_.data(), buffer_.size() - 1};
  }

  // A key that no store holds, close behind key(index): the same, and a dot. It lies
  // between keys that are there, so no store can tell from the range alone.
  std::string_view missing(std::uint64_t index) {
    write_digits(index);
    return buffer_;
  }

 private:
  void write_digits(std::uint64_t index);

  std::string buffer_;  // the digits, then a dot
};

// Visits every number below `count` once, in an order that looks random, with no table:
// a Feistel network over the next even power of two, walked until it falls inside
// (Black and Rogaway: "Ciphers with Arbitrary Finite Domains", CT-RSA '02, section 4).
class Shuffle {
 public:
  Shuffle(std::uint64_t count, std::uint64_t seed);

  // Requires: place < count. One-to-one.
  std::uint64_t operator[](std::uint64_t place) const {
    do place = permute(place);
    while (place >= count_);
    return place;
  }

 private:
  std::uint64_t permute(std::uint64_t value) const;

  std::uint64_t count_;
  std::uint64_t seed_;
  unsigned half_bits_;
};

// How many keys there are, while threads insert more behind the last. A reader must not
// ask for a key before its insertion was acknowledged; so, as in YCSB's
// AcknowledgedCounterGenerator, size() covers only the unbroken run of acknowledged ones.
//
// Thread-safety: all functions.
class KeySpace {
 public:
  explicit KeySpace(std::uint64_t size) : next_(size), size_(size) {}

  std::uint64_t begin_insert() { return next_.fetch_add(1, std::memory_order_relaxed); }
  void acknowledge(std::uint64_t index);
  // Keys [0, size()) are there.
  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> next_;
  std::atomic<std::uint64_t> size_;  // stored under mutex_; read by all
  std::mutex mutex_;
  // Acknowledged, but beyond a gap. Guarded by mutex_.
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> beyond_;
};

}  // namespace strata::workload
