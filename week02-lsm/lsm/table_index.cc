#include "lsm/table_index.h"

#include <algorithm>
#include <ranges>

#include "lsm/block.h"

namespace strata::lsm {

Result<TableIndex> TableIndex::parse(std::string block) {
  STRATA_TRY(auto parsed, Block::parse(std::move(block)));
  TableIndex index;
  BlockIterator it(std::move(parsed));
  std::string last;
  for (it.seek_to_first(); it.valid(); it.next()) {
    const auto handle = parse_handle(it.value());
    if (!handle) return corruption("an entry of the index names no block");
    if (index.size() > 0 && !(*parse_key(last) < it.key()))
      return corruption("the index is out of order");
    last.clear();
    append_key(it.key(), last);
    index.keys_ += last;
    index.key_ends_.push_back(index.keys_.size());
    index.handles_.push_back(*handle);
  }
  STRATA_TRY(it.status());
  if (index.size() == 0) return corruption("the index is empty");
  index.build_heads();
  return index;
}

void TableIndex::build_heads() {
  const std::string_view first = parse_key(key(0))->user_key;
  const std::string_view last = parse_key(key(size() - 1))->user_key;
  shared_ = static_cast<std::size_t>(std::ranges::mismatch(first, last).in1 - first.begin());
  for (std::size_t i = 0; i < size(); ++i) heads_.push_back(head_of(parse_key(key(i))->user_key));
}

std::size_t TableIndex::find(const EntryKey& target) const {
  // A key without the shared prefix lies before or after all keys.
  const std::string_view first = key(0).substr(0, shared_);
  if (const int order = target.user_key.substr(0, shared_).compare(first); order != 0)
    return order < 0 ? 0 : size();
  // For most keys the heads decide. If the heads are equal, the complete keys do.
  const auto alike = std::ranges::equal_range(heads_, head_of(target.user_key));
  const auto begin = static_cast<std::size_t>(alike.begin() - heads_.begin());
  const auto blocks = std::views::iota(begin, begin + alike.size());
  return *std::ranges::partition_point(
      blocks, [&](std::size_t block) { return *parse_key(key(block)) < target; });
}

std::size_t TableIndex::memory() const {
  return keys_.capacity() + key_ends_.capacity() * sizeof(key_ends_[0]) +
         handles_.capacity() * sizeof(BlockHandle) + heads_.capacity() * sizeof(KeyHead);
}

}  // namespace strata::lsm
