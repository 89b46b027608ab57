#include "store/memory_store.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "base/assert.h"
#include "store/checked_entries.h"

namespace strata {
namespace {

class MemorySnapshot final : public Snapshot {
 public:
  MemorySnapshot(std::shared_ptr<const char> store, MemoryStore::Rows rows)
      : store(std::move(store)), rows(std::move(rows)) {}
  const std::shared_ptr<const char> store;  // the identity of its store
  const MemoryStore::Rows rows;
};

class CopiedCursor final : public Cursor {
 public:
  CopiedCursor(std::vector<Row> rows, bool reverse) : Cursor(reverse), rows_(std::move(rows)) {}

  Result<std::optional<Entry>> next() override {
    if (at_ == rows_.size()) return std::nullopt;
    const Row& row = rows_[at_++];
    return Entry{row.key(), row.value()};
  }

  Result<std::optional<Entry>> seek(std::string_view key) override {
    const auto rest =
        std::ranges::subrange(rows_.begin() + static_cast<std::ptrdiff_t>(at_), rows_.end());
    const auto place = std::ranges::partition_point(
        rest, [&](const Row& row) { return reverse() ? row.key() > key : row.key() < key; });
    at_ = static_cast<std::size_t>(place - rows_.begin());
    return next();
  }

 private:
  const std::vector<Row> rows_;
  std::size_t at_ = 0;
};

std::unique_ptr<Cursor> copy_range(const MemoryStore::Rows& rows, const ScanOptions& options) {
  std::vector<Row> copies;
  const KeyRange& range = options.range;
  if (range.to && *range.to <= range.from)
    return std::make_unique<CopiedCursor>(std::move(copies), options.reverse);
  const auto begin = rows.lower_bound(HeadedKey(range.from));
  const auto end = range.to ? rows.lower_bound(HeadedKey(*range.to)) : rows.end();
  if (options.reverse) {
    for (auto it = end; it != begin && copies.size() < options.limit;) copies.push_back(*--it);
  } else {
    for (auto it = begin; it != end && copies.size() < options.limit; ++it) copies.push_back(*it);
  }
  return std::make_unique<CopiedCursor>(std::move(copies), options.reverse);
}

// The rows of a snapshot of `store`; an error if it is a snapshot of another store.
Result<const MemoryStore::Rows*> rows_of(const Snapshot& snapshot,
                                         const std::shared_ptr<const char>& store) {
  const auto* ours = dynamic_cast<const MemorySnapshot*>(&snapshot);
  if (ours && ours->store == store) return &ours->rows;
  return invalid_argument("the snapshot belongs to another store");
}

std::optional<std::string> find(const MemoryStore::Rows& rows, std::string_view key) {
  const auto found = rows.find(HeadedKey(key));
  if (found == rows.end()) return std::nullopt;
  return std::string(found->value());
}

// The bytes of a change are prefetched so many changes ahead. The changes are sorted by key, so
// their bytes can be anywhere in memory, and waiting for each of them would cost more than
// everything else.
constexpr std::size_t kPrefetch = 8;

}  // namespace

Result<std::optional<std::string>> MemoryStore::get(std::string_view key,
                                                    const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  if (options.snapshot) {
    STRATA_TRY(const auto* rows, rows_of(*options.snapshot, identity_));
    return find(*rows, key);
  }
  const std::shared_lock lock(mutex_);
  return find(rows_, key);
}

Result<void> MemoryStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_batch(batch));
  const WriteBatch* const one = &batch;
  apply({&one, 1});
  return {};
}

Result<void> MemoryStore::write_if(std::span<const Condition> conditions, const WriteBatch& batch) {
  for (const Condition& condition : conditions) STRATA_TRY(check_key(condition.key));
  STRATA_TRY(check_batch(batch));
  const std::unique_lock lock(mutex_);
  for (const Condition& condition : conditions)
    STRATA_TRY(check_condition(condition, find(rows_, condition.key)));
  apply_locked(batch);
  return {};
}

void MemoryStore::apply(std::span<const WriteBatch* const> batches) noexcept {
  const std::unique_lock lock(mutex_);
  for (const WriteBatch* batch : batches) apply_locked(*batch);
}

void MemoryStore::apply_locked(const WriteBatch& batch) noexcept {
  for (const auto [kind, key, value] : batch) {
    const auto place = rows_.lower_bound(HeadedKey(key));
    const bool present = is_at(place, key);
    if (kind == OperationKind::kDelete) {
      if (present) erase(place);
    } else if (present) {
      live_bytes_ += value.size() - place->value().size();
      place->set_value(value);
    } else {
      insert(place, Row(key, value));
    }
  }
}

void MemoryStore::apply_sorted(std::vector<Change> changes) {
  const std::unique_lock lock(mutex_);
  auto place = rows_.begin();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i + kPrefetch < changes.size()) __builtin_prefetch(changes[i + kPrefetch].row.key().data());
    auto& [kind, row] = changes[i];
    // `place` is just after the last key that was applied. Often the next key belongs there.
    const bool here = i > 0 && (place == rows_.end() || row.headed_key() <= place->headed_key());
    if (!here) place = rows_.lower_bound(row.headed_key());
    const bool present = is_at(place, row.key());
    if (kind == OperationKind::kDelete) {
      if (present) place = erase(place);
    } else if (present) {
      live_bytes_ += row.value().size() - place->value().size();
      (place++)->replace_by(std::move(row));
    } else {
      insert(place, std::move(row));
    }
  }
}

MemoryStore::Rows::iterator MemoryStore::erase(Rows::iterator place) {
  live_bytes_ -= place->key().size() + place->value().size();
  return rows_.erase(place);
}

void MemoryStore::insert(Rows::iterator place, Row row) {
  live_bytes_ += row.key().size() + row.value().size();
  rows_.insert(place, std::move(row));
}

Result<std::unique_ptr<Cursor>> MemoryStore::scan(const ScanOptions& options) {
  if (options.snapshot) {
    STRATA_TRY(const auto* rows, rows_of(*options.snapshot, identity_));
    return copy_range(*rows, options);
  }
  const std::shared_lock lock(mutex_);
  return copy_range(rows_, options);
}

Result<std::shared_ptr<const Snapshot>> MemoryStore::snapshot() {
  const std::shared_lock lock(mutex_);
  return std::make_shared<const MemorySnapshot>(identity_, rows_);
}

Result<std::vector<Stat>> MemoryStore::stats() {
  const std::shared_lock lock(mutex_);
  return std::vector<Stat>{{"live_bytes", live_bytes_}};
}

Result<void> MemoryStore::replace(Cursor& entries) {
  MemoryStore fresh;
  STRATA_TRY(fresh.fill(entries));
  take_rows_of(std::move(fresh));
  return {};
}

Result<void> MemoryStore::fill(Cursor& entries) {
  CheckedEntries checked(entries);
  for (;;) {
    STRATA_TRY(const auto entry, checked.next());
    if (!entry) return {};
    insert(rows_.end(), Row(entry->key, entry->value));
  }
}

// The old rows are destroyed by the caller, without the lock.
void MemoryStore::take_rows_of(MemoryStore&& other) {
  const std::unique_lock lock(mutex_);
  rows_.swap(other.rows_);
  std::swap(live_bytes_, other.live_bytes_);
}

void MemoryStore::check_invariants() {
  const std::shared_lock lock(mutex_);
  std::uint64_t bytes = 0;
  for (const Row& row : rows_) bytes += row.key().size() + row.value().size();
  STRATA_ASSERT(bytes == live_bytes_);
}

std::optional<std::string> MemoryStore::copy_some(std::string_view from, std::size_t bytes,
                                                  WriteBatch& batch) const {
  const std::shared_lock lock(mutex_);
  for (auto it = rows_.lower_bound(HeadedKey(from)); it != rows_.end(); ++it) {
    if (batch.byte_size() >= bytes) return std::string(it->key());
    batch.put(it->key(), it->value());
  }
  return std::nullopt;
}

std::uint64_t MemoryStore::key_count() const {
  const std::shared_lock lock(mutex_);
  return rows_.size();
}

std::uint64_t MemoryStore::live_bytes() const {
  const std::shared_lock lock(mutex_);
  return live_bytes_;
}

}  // namespace strata
