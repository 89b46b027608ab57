#include "compaction_sim/sim_table.h"

#include <algorithm>
#include <iterator>

#include "base/assert.h"

namespace strata::compaction {
namespace {

std::string entry_key_of(const SimEntry& entry) {
  std::string bytes;
  const auto kind = entry.is_put() ? OperationKind::kPut : OperationKind::kDelete;
  lsm::append_key({user_key_of(entry.key), lsm::SequenceNumber(entry.sequence()), kind}, bytes);
  return bytes;
}

std::uint64_t garbage_in(const SimEntries& entries) {
  std::uint64_t garbage = 0;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (!entries[i].is_put() || (i > 0 && entries[i].key == entries[i - 1].key)) ++garbage;
  return garbage;
}

}  // namespace

std::uint64_t SimSizes::of(const SimEntries& entries) const {
  std::uint64_t bytes = 0;
  for (const SimEntry& entry : entries) bytes += of(entry);
  return bytes;
}

std::string user_key_of(std::uint32_t key) {
  std::string digits(10, '0');
  for (auto digit = digits.rbegin(); key > 0; key /= 10, ++digit)
    *digit = static_cast<char>('0' + key % 10);
  return digits;
}

lsm::TableInfo info_of(const SimEntries& entries, std::uint64_t number, const SimSizes& sizes) {
  STRATA_ASSERT(!entries.empty());
  return {.number = number,
          .file_size = sizes.of(entries),
          .entries = entries.size(),
          .garbage = garbage_in(entries),
          .smallest = entry_key_of(entries.front()),
          .largest = entry_key_of(entries.back())};
}

const SimEntry* find(const SimEntries& entries, std::uint32_t key) {
  const auto found = std::ranges::lower_bound(entries, key, {}, &SimEntry::key);
  return found != entries.end() && found->key == key ? &*found : nullptr;
}

SimEntries merge(const SimEntries& a, const SimEntries& b) {
  SimEntries merged;
  merged.reserve(a.size() + b.size());
  std::ranges::merge(a, b, std::back_inserter(merged));
  return merged;
}

}  // namespace strata::compaction
