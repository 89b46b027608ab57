// The values of a workload, and the check that a value read belongs to its key.
//
// A value starts with eight bytes that are a hash of its key; what follows is cut from
// a shared pool that compresses to about half, as db_bench's default values do. So a
// store that mixes values up is caught by a hash and a comparison of eight bytes, which
// costs a read less than a cache miss does. A value below eight bytes carries as much
// of the hash as fits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace strata::workload {

// Text that halves when compressed: pieces of 100 bytes, each 50 random bytes, twice.
// Thread-safety: immutable.
class ValuePool {
 public:
  ValuePool(std::size_t value_size, std::uint64_t seed);

  std::size_t value_size() const { return value_size_; }
  // `value_size` bytes from `offset` on, which is taken modulo what there is.
  std::string_view slice(std::uint64_t offset) const;

 private:
  std::size_t value_size_;
  std::string text_;
};

// Makes values in a buffer of its own. Thread-safety: none; one a thread.
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

// kCorruption that begins with "wrong read" if `value` cannot have been written for `key`.
Result<void> verify_value(std::string_view key, std::string_view value, std::size_t value_size);

// The same complaint for a key that must be there and is not, and the other way round.
Error lost_key(std::string_view key);
Error phantom_key(std::string_view key);

}  // namespace strata::workload
