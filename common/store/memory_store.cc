#include "store/memory_store.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace strata {
namespace {

class MapSnapshot final : public Snapshot {
 public:
  explicit MapSnapshot(MemoryStore::Map map) : map(std::move(map)) {}
  const MemoryStore::Map map;
};

class CopiedCursor final : public Cursor {
 public:
  explicit CopiedCursor(std::vector<std::pair<std::string, std::string>> entries)
      : entries_(std::move(entries)) {}

  Result<std::optional<Entry>> next() override {
    if (at_ == entries_.size()) return std::nullopt;
    const auto& [key, value] = entries_[at_++];
    return Entry{key, value};
  }

 private:
  const std::vector<std::pair<std::string, std::string>> entries_;
  std::size_t at_ = 0;
};

std::unique_ptr<Cursor> copy_range(const MemoryStore::Map& map, const ScanOptions& options) {
  std::vector<std::pair<std::string, std::string>> entries;
  const KeyRange& range = options.range;
  if (range.to && *range.to <= range.from)
    return std::make_unique<CopiedCursor>(std::move(entries));
  const auto begin = map.lower_bound(range.from);
  const auto end = range.to ? map.lower_bound(*range.to) : map.end();
  if (options.reverse) {
    for (auto it = end; it != begin && entries.size() < options.limit;) entries.push_back(*--it);
  } else {
    for (auto it = begin; it != end && entries.size() < options.limit; ++it) entries.push_back(*it);
  }
  return std::make_unique<CopiedCursor>(std::move(entries));
}

// The map of a snapshot of ours, or an error for another store's.
Result<const MemoryStore::Map*> map_of(const Snapshot& snapshot) {
  if (const auto* ours = dynamic_cast<const MapSnapshot*>(&snapshot)) return &ours->map;
  return invalid_argument("the snapshot belongs to another kind of store");
}

// How many operations ahead their bytes are asked for. Sorted by key they lie anywhere in
// memory, and waiting for each in turn would cost more than all the rest.
constexpr std::size_t kPrefetch = 8;

void prefetch(const Operation& operation) {
  constexpr std::size_t kCacheLine = 64;
  constexpr std::size_t kMost = 4 * kCacheLine;  // what follows the hardware fetches itself
  __builtin_prefetch(operation.key.data());
  for (std::size_t at = 0; at < std::min(operation.value.size(), kMost); at += kCacheLine)
    __builtin_prefetch(operation.value.data() + at);
}

std::optional<std::string> find(const MemoryStore::Map& map, std::string_view key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Result<std::optional<std::string>> MemoryStore::get(std::string_view key,
                                                    const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  if (options.snapshot) {
    STRATA_TRY(const auto* map, map_of(*options.snapshot));
    return find(*map, key);
  }
  const std::shared_lock lock(mutex_);
  return find(map_, key);
}

Result<void> MemoryStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_batch(batch));
  const WriteBatch* const one = &batch;
  apply({&one, 1});
  return {};
}

void MemoryStore::apply(std::span<const WriteBatch* const> batches) {
  const std::unique_lock lock(mutex_);
  for (const WriteBatch* batch : batches)
    for (const Operation operation : *batch) apply_at(map_.lower_bound(operation.key), operation);
}

void MemoryStore::apply_sorted(std::span<const Operation> operations) {
  const std::unique_lock lock(mutex_);
  if (operations.empty()) return;
  auto place = map_.lower_bound(operations.front().key);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Operation& operation = operations[i];
    if (i + kPrefetch < operations.size()) prefetch(operations[i + kPrefetch]);
    // The place is behind the last key applied. Often the next one belongs right there.
    const bool here = place == map_.end() || operation.key <= place->first;
    if (!here) place = map_.lower_bound(operation.key);
    place = apply_at(place, operation);
  }
}

MemoryStore::Map::iterator MemoryStore::apply_at(Map::iterator place, const Operation& operation) {
  const bool present = place != map_.end() && place->first == operation.key;
  if (operation.kind == OperationKind::kDelete) {
    if (!present) return place;
    live_bytes_ -= place->first.size() + place->second.size();
    return map_.erase(place);
  }
  if (!present) {
    live_bytes_ += operation.key.size() + operation.value.size();
    map_.emplace_hint(place, operation.key, operation.value);
    return place;  // it stands before
  }
  live_bytes_ = live_bytes_ - place->second.size() + operation.value.size();
  place->second.assign(operation.value);
  return std::next(place);
}

Result<std::unique_ptr<Cursor>> MemoryStore::scan(const ScanOptions& options) {
  if (options.snapshot) {
    STRATA_TRY(const auto* map, map_of(*options.snapshot));
    return copy_range(*map, options);
  }
  const std::shared_lock lock(mutex_);
  return copy_range(map_, options);
}

Result<std::shared_ptr<const Snapshot>> MemoryStore::snapshot() {
  const std::shared_lock lock(mutex_);
  return std::make_shared<const MapSnapshot>(map_);
}

Result<std::vector<Stat>> MemoryStore::stats() {
  const std::shared_lock lock(mutex_);
  return std::vector<Stat>{{"num_keys", std::uint64_t{map_.size()}}, {"live_bytes", live_bytes_}};
}

std::optional<std::string> MemoryStore::copy_some(std::string_view from, std::size_t bytes,
                                                  WriteBatch& batch) const {
  const std::shared_lock lock(mutex_);
  for (auto it = map_.lower_bound(from); it != map_.end(); ++it) {
    if (batch.byte_size() >= bytes) return it->first;
    batch.put(it->first, it->second);
  }
  return std::nullopt;
}

std::uint64_t MemoryStore::key_count() const {
  const std::shared_lock lock(mutex_);
  return map_.size();
}

std::uint64_t MemoryStore::live_bytes() const {
  const std::shared_lock lock(mutex_);
  return live_bytes_;
}

}  // namespace strata
