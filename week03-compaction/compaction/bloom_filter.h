// Bloom filters: for most keys that are not in a table, one look at memory says so.
// Format: FORMAT.md, "Filter block".
//
// A Bloom filter sets a few bits for each key, at places computed from the key's hash. If one of a
// key's bits is not set, the key is not in the table. If all are set, the key may be in the table,
// or other keys have set these bits by chance.
//
// Here all bits of a key are in one line of 64 bytes, the size of a line of the processor's cache.
// So a look costs one cache miss, however large the filter is. The price: keys are not spread
// evenly over the lines, and a crowded line is wrong more often. With 10 bits for each key, 0.96 %
// of absent keys look present; with bits anywhere in the filter it would be 0.84 %. (Putze,
// Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters", WEA '07.)
//
// A filter is one or more lines, then one byte: the number of bits that each key sets, called
// probes. Bytes that no filter can have (a size that is not a multiple of 64 plus 1, no line, or
// probes that are not 1 to 16) answer "may contain" for every key.
//
// Pure functions. Thread-safety: immutable; may be used by many threads at once.
#pragma once

#include "lsm/seams.h"

namespace strata::compaction {

class BloomFilter final : public lsm::FilterPolicy {
 public:
  static constexpr std::size_t kDefaultBitsPerKey = 10;

  // Requires: bits_per_key > 0.
  explicit BloomFilter(std::size_t bits_per_key = kDefaultBitsPerKey);

  // The same name for all values of bits_per_key: a filter's bytes say how to read it.
  std::string_view name() const override { return "strata.bloom.512"; }
  // Returns the smallest filter that has bits_per_key bits for each key, and at least one line.
  std::string build(std::span<const std::uint64_t> key_hashes) const override;
  // False: the key is certainly not in the filter. `filter` may have been built with any
  // bits_per_key; it is not trusted.
  bool may_contain(std::string_view filter, std::uint64_t key_hash) const override;

  std::size_t probes() const { return probes_; }  // the number of bits that build() sets for a key

 private:
  const std::size_t bits_per_key_;
  const std::size_t probes_;
};

// The false positive rate: the share of absent keys for which a filter answers "may contain".
// Standard: a key's bits are anywhere in the filter. Blocked: they are all in one line, as here.
double standard_false_positive_rate(double bits_per_key, std::size_t probes);
double blocked_false_positive_rate(double bits_per_key, std::size_t probes);

}  // namespace strata::compaction
