#include "wal/replay.h"

#include <algorithm>

namespace strata::wal {
namespace {

// The eight bytes of `key` after the first `skip`, as a number: comparing these numbers compares
// the bytes.
std::uint64_t head_of(std::string_view key, std::size_t skip) {
  std::uint64_t head = 0;
  const std::string_view rest = key.substr(skip);
  for (std::size_t i = 0; i < sizeof(head); ++i)
    head = (head << 8) | (i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0u);
  return head;
}

}  // namespace

Result<void> Replay::add(ByteView payload) {
  EntryReader entries(payload);
  for (;;) {
    STRATA_TRY(const auto entry, entries.next());
    if (!entry) break;
    const Operation& operation = entry->operation;
    changes_.push_back({operation.kind, Row(operation.key, operation.value)});
    bytes_ += sizeof(Change) + operation.key.size() + operation.value.size();
  }
  if (bytes_ >= max_bytes_) finish();
  return {};
}

std::size_t Replay::common_prefix() const {
  const std::string_view first = changes_.front().row.key();
  std::size_t common = first.size();
  for (const Change& change : changes_) {
    const std::string_view key = change.row.key().substr(0, common);
    common = static_cast<std::size_t>(std::ranges::mismatch(first, key).in2 - key.begin());
  }
  return common;
}

std::vector<Replay::Rank> Replay::ranks() const {
  const std::size_t skip = common_prefix();
  std::vector<Rank> ranks;
  ranks.reserve(changes_.size());
  for (std::uint32_t index = 0; index < changes_.size(); ++index)
    ranks.push_back({head_of(changes_[index].row.key(), skip), index});
  std::ranges::sort(ranks, [this](const Rank& a, const Rank& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = changes_[a.index].row.key().compare(changes_[b.index].row.key());
    return order != 0 ? order < 0 : a.index < b.index;
  });
  return ranks;
}

void Replay::finish() {
  if (changes_.empty()) return;
  std::vector<Change> latest;
  latest.reserve(changes_.size());
  for (const Rank& rank : ranks()) {
    Change& change = changes_[rank.index];
    if (!latest.empty() && latest.back().row.key() == change.row.key())
      latest.back() = std::move(change);
    else
      latest.push_back(std::move(change));
  }
  changes_.clear();
  bytes_ = 0;
  map_.apply_sorted(std::move(latest));
}

}  // namespace strata::wal
