// Bloom filters: most keys that are not in a table are told so by one look at memory.
// Format: FORMAT.md, "Filter block".
//
// A Bloom filter has a bit set for each of a few hashes of a key. Where one is missing, the key
// is not in the table; where all are set it may be, or other keys have set them by chance. Here
// all bits of a key lie in one line of 64 bytes, as a processor's cache loads it: a look costs
// one miss, however large the filter is. The price is that keys are not spread evenly over lines,
// and a crowded line errs more often: at 10 bits a key 0.96 % of absent keys look present, where
// bits spread over the whole filter would make it 0.84 %.
// (Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters", WEA '07.)
//
// Nothing in a filter's bytes is believed: what no filter can be answers "may contain".
//
// Pure functions. Thread-safety: constant; may be used by many threads at once.
#pragma once

#include "lsm/seams.h"

namespace strata::compaction {

class BloomFilter final : public lsm::FilterPolicy {
 public:
  static constexpr std::size_t kDefaultBitsPerKey = 10;

  // Requires: bits_per_key > 0.
  explicit BloomFilter(std::size_t bits_per_key = kDefaultBitsPerKey);

  // The same for all bits a key: a filter says itself how it is to be read.
  std::string_view name() const override { return "strata.bloom.512"; }
  std::string build(std::span<const std::uint64_t> key_hashes) const override;
  bool may_contain(std::string_view filter, std::uint64_t key_hash) const override;

  std::size_t probes() const { return probes_; }  // the bits that are set for a key

 private:
  const std::size_t bits_per_key_;
  const std::size_t probes_;
};

// Of the keys that are not in a filter, the part that it says may be: where the probes of a key
// go anywhere in the filter, and where they all go into one of its lines, as here.
double standard_false_positive_rate(double bits_per_key, std::size_t probes);
double blocked_false_positive_rate(double bits_per_key, std::size_t probes);

}  // namespace strata::compaction
