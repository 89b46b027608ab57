// The simplest Store: an ordered set of rows behind a reader-writer lock.
//
// Week 1 makes this map durable. The store itself keeps nothing on a disk. A scan holds the lock
// while it copies what it will return, up to its limit; a snapshot copies everything. With a
// million keys that takes some hundred milliseconds. Writers wait meanwhile, and readers wait
// behind them.
//
// Thread-safety: as Store.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "base/reader_writer_lock.h"
#include "store/row.h"
#include "store/store.h"

namespace strata {

// A write whose row can be moved into the map without a copy.
struct Change {
  OperationKind kind;
  Row row;  // its value is empty for kDelete
};

class MemoryStore final : public Store {
 public:
  using Rows = std::set<Row, RowOrder>;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;  // live_bytes
  Result<std::uint64_t> count_keys() override { return key_count(); }
  Result<void> replace(Cursor& entries) override;
  Capabilities capabilities() const override { return {.snapshots = true, .conditions = true}; }
  Result<void> close() override { return {}; }
  void check_invariants() override;

  // Like write(), for a caller that has checked the limits. One call makes all of `batches` visible
  // at once. It cannot fail: if memory runs out, the process ends. The batches are durable by now,
  // so they may be neither dropped nor shown in part.
  void apply(std::span<const WriteBatch* const> batches) noexcept;

  // The same, for changes that are sorted by key, at most one for each key. This is much faster for
  // many changes: it visits neighbours in the map one after the other, and copies nothing.
  void apply_sorted(std::vector<Change> changes);

  // Adds a put to `batch` for each entry from the key `from` on, until the batch has `bytes` or
  // more. Returns the key to continue from; nullopt if there are no more entries.
  std::optional<std::string> copy_some(std::string_view from, std::size_t bytes,
                                       WriteBatch& batch) const;

  // Adds all entries of `entries`, which ascend, behind the last row. For a store that nobody else
  // knows yet. Errors: as CheckedEntries.
  Result<void> fill(Cursor& entries);

  // Takes all rows of `other` in place of its own. Requires: nobody else uses `other`.
  void take_rows_of(MemoryStore&& other);

  std::uint64_t key_count() const;
  std::uint64_t live_bytes() const;  // keys and values

 private:
  bool is_at(Rows::iterator place, std::string_view key) const {
    return place != rows_.end() && place->key() == key;
  }
  void apply_locked(const WriteBatch& batch) noexcept;  // requires: mutex_ is held
  // Removes the row at `place`. Returns the next row.
  Rows::iterator erase(Rows::iterator place);
  void insert(Rows::iterator place, Row row);  // before `place`

  // Marks this store's snapshots. The store's address would not do: a later store may have the
  // same.
  const std::shared_ptr<const char> identity_ = std::make_shared<const char>();
  mutable ReaderWriterLock mutex_;
  Rows rows_;                     // guarded by mutex_
  std::uint64_t live_bytes_ = 0;  // guarded by mutex_
};

}  // namespace strata
