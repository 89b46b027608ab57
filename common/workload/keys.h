// The keys of a workload. Key number i is i in decimal, padded with zeros to the key size, as in
// db_bench. So keys in byte order are in numeric order, and making a key takes a few nanoseconds
// and no allocation.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

namespace strata::workload {

// Writes keys into a buffer of its own. Thread-safety: none; each thread has its own.
class KeyWriter {
 public:
  // Requires: every index has at most `key_size` digits.
  explicit KeyWriter(std::size_t key_size) : buffer_(key_size + 1, '.') {}

  // Valid until the next call.
  std::string_view key(std::uint64_t index) {
    write_digits(index);
    return {buffer_.data(), buffer_.size() - 1};
  }

  // A key that is in no store: key(index) and a dot. It lies between existing keys, so a store
  // cannot see from its range of keys that it is missing.
  std::string_view missing(std::uint64_t index) {
    write_digits(index);
    return buffer_;
  }

 private:
  void write_digits(std::uint64_t index);

  std::string buffer_;  // the digits, then a dot
};

// Visits every number below `count` once, in an order that looks random. It needs no table: a
// Feistel network permutes the numbers below the next even power of two, and it is applied again
// until the result is below `count` (Black and Rogaway: "Ciphers with Arbitrary Finite Domains",
// CT-RSA '02, section 4). Thread-safety: it never changes.
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

// How many keys there are while threads insert more after the last. A reader must not ask for a key
// whose insertion is not acknowledged yet. So, as in YCSB's AcknowledgedCounterGenerator, size()
// counts acknowledged keys only up to the first one that is missing.
//
// Thread-safety: every function may be called from many threads at once.
class KeySpace {
 public:
  explicit KeySpace(std::uint64_t size) : next_(size), size_(size) {}

  std::uint64_t begin_insert() { return next_.fetch_add(1, std::memory_order_relaxed); }
  void acknowledge(std::uint64_t index);
  // All keys in [0, size()) were inserted.
  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> next_;
  std::atomic<std::uint64_t> size_;  // stored under mutex_; read by all
  std::mutex mutex_;
  // Acknowledged keys after the first missing one. Guarded by mutex_.
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> beyond_;
};

}  // namespace strata::workload
