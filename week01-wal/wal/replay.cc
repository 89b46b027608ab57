#include "wal/replay.h"

#include <algorithm>

namespace strata::wal {
namespace {

// The eight bytes of `key` behind `skip`, so that comparing numbers compares the bytes.
std::uint64_t head_of(std::string_view key, std::size_t skip) {
  std::uint64_t head = 0;
  const std::string_view rest = key.substr(skip);
  for (std::size_t i = 0; i < sizeof(head); ++i)
    head = (head << 8) | (i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0u);
  return head;
}

}  // namespace

Replay::Replay(MemoryStore& map, std::uint64_t expected_bytes)
    : map_(map), chunk_bytes_(std::min(expected_bytes, kMaxChunk)) {}

Result<void> Replay::add(ByteView payload) {
  // Each operation takes memory of its own beside its bytes; both are bounded.
  if (bytes_.size() + payload.size() > bytes_.capacity() ||
      operations_.size() > chunk_bytes_ / sizeof(Operation)) {
    finish();
    bytes_.reserve(std::max(chunk_bytes_, payload.size()));
  }
  EntryReader entries(payload);
  for (;;) {
    STRATA_TRY(const auto entry, entries.next());
    if (!entry) return {};
    const Operation& operation = entry->operation;
    operations_.push_back({operation.kind, keep(operation.key), keep(operation.value)});
  }
}

std::string_view Replay::keep(std::string_view bytes) {
  const std::size_t at = bytes_.size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return {bytes_.data() + at, bytes.size()};
}

std::size_t Replay::common_prefix() const {
  const std::string_view first = operations_.front().key;
  std::size_t common = first.size();
  for (const Operation& operation : operations_) {
    const auto limit = static_cast<std::ptrdiff_t>(std::min(common, operation.key.size()));
    const auto parted = std::mismatch(first.begin(), first.begin() + limit, operation.key.begin());
    common = static_cast<std::size_t>(parted.first - first.begin());
  }
  return common;
}

void Replay::sort_ranks() {
  const std::size_t skip = common_prefix();
  ranks_.clear();
  ranks_.reserve(operations_.size());
  for (std::uint32_t index = 0; index < operations_.size(); ++index)
    ranks_.push_back({head_of(operations_[index].key, skip), index});
  std::ranges::sort(ranks_, [this](const Rank& a, const Rank& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = operations_[a.index].key.compare(operations_[b.index].key);
    return order != 0 ? order < 0 : a.index < b.index;
  });
}

void Replay::finish() {
  if (operations_.empty()) return;
  sort_ranks();
  std::vector<Operation> latest;
  latest.reserve(ranks_.size());
  for (const Rank& rank : ranks_) {
    const Operation& operation = operations_[rank.index];
    if (!latest.empty() && latest.back().key == operation.key)
      latest.back() = operation;
    else
      latest.push_back(operation);
  }
  map_.apply_sorted(latest);
  operations_.clear();
  bytes_.clear();
}

}  // namespace strata::wal
