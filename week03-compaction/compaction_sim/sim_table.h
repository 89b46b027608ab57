// A table without a disk: its entries are in memory, keys are numbers, a value is only its size.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "lsm/version.h"

namespace strata::compaction {

struct SimEntry {
  std::uint32_t key = 0;
  std::uint32_t stamp = 0;  // sequence * 2 + 1 for a put, + 0 for a tombstone

  static SimEntry put(std::uint32_t key, std::uint32_t sequence) { return {key, sequence * 2 + 1}; }
  static SimEntry tombstone(std::uint32_t key, std::uint32_t sequence) {
    return {key, sequence * 2};
  }
  std::uint32_t sequence() const { return stamp / 2; }
  bool is_put() const { return stamp % 2 == 1; }
  bool operator==(const SimEntry&) const = default;
};
// Sorted by key, and for one key the newest first, as lsm::EntryKey.
inline std::strong_ordering operator<=>(const SimEntry& a, const SimEntry& b) {
  return a.key != b.key ? a.key <=> b.key : b.stamp <=> a.stamp;
}

using SimEntries = std::vector<SimEntry>;  // in order

// How many bytes an entry takes in a file.
struct SimSizes {
  std::uint64_t key_bytes = 16;
  std::uint64_t value_bytes = 100;

  std::uint64_t of(const SimEntry& entry) const {
    return key_bytes + (entry.is_put() ? value_bytes : 0);
  }
  std::uint64_t of(const SimEntries& entries) const;
};

// The user key: digits, so that their order is that of the numbers.
std::string user_key_of(std::uint32_t key);

// Requires: not empty.
lsm::TableInfo info_of(const SimEntries& entries, std::uint64_t number, const SimSizes& sizes);

// The newest version of `key`, or null.
const SimEntry* find(const SimEntries& entries, std::uint32_t key);

// All entries of both, in order.
SimEntries merge(const SimEntries& a, const SimEntries& b);

}  // namespace strata::compaction
