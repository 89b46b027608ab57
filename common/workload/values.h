// The values of a workload, and the check that a value read belongs to its key.
//
// A value begins with eight bytes, a hash of its key. The rest comes from a shared pool of text
// that compresses to about half its size, as db_bench's default values do. So a read is checked by
// one hash and a comparison of eight bytes, which is cheaper than a cache miss, and a store that
// returns the wrong value is noticed. A value of fewer than eight bytes has as much of the hash as
// fits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace strata::workload {

// Text that compresses to half its size: pieces of 100 bytes, each with the same 50 random bytes
// twice.
// Thread-safety: it never changes, so many threads may read it.
class ValuePool {
 public:
  ValuePool(std::size_t value_size, std::uint64_t seed);

  std::size_t value_size() const { return value_size_; }
  // `value_size` bytes from `offset` on; an offset past the end starts again at the beginning.
  std::string_view slice(std::uint64_t offset) const;

 private:
  std::size_t value_size_;
  std::string text_;
};

// Makes values in a buffer of its own. Thread-safety: none; each thread has its own.
class ValueWriter {
 public:
  // `pool` must outlive it. Writers with different starts make different values.
  ValueWriter(const ValuePool& pool, std::uint64_t start)
      : pool_(pool), offset_(start), buffer_(pool.value_size(), '\0') {}

  // A new value for `key`. Valid until the next call.
  std::string_view value_for(std::string_view key);

 private:
  const ValuePool& pool_;
  std::uint64_t offset_;
  std::string buffer_;
};

// kCorruption if `value` cannot have been written for `key`. The message begins with "wrong read".
Result<void> verify_value(std::string_view key, std::string_view value, std::size_t value_size);

// The same kind of error for a key that is missing, and for a key that must not exist.
Error lost_key(std::string_view key);
Error phantom_key(std::string_view key);

}  // namespace strata::workload
