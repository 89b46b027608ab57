// The simplest thing that is a Store: an ordered set of rows behind a reader-writer lock.
//
// It is the reference that other stores are compared with, and the map that week 1
// makes durable. Nothing survives it. A scan copies what it will return, up to its
// limit, under the lock, and a snapshot copies everything: of a million keys that takes
// some hundred milliseconds, in which writers wait, and readers behind them.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "base/reader_writer_lock.h"
#include "store/row.h"
#include "store/store.h"

namespace strata {

// A write that brings the memory it will be kept in.
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
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;  // num_keys, live_bytes
  Capabilities capabilities() const override { return {.durable = false, .snapshots = true}; }
  Result<void> close() override { return {}; }

  // write() for a caller that has checked the limits and must not fail half-way: one
  // call makes all of `batches` visible at once. Where memory runs out the process ends,
  // since what is durable by now may neither be kept back nor shown in part.
  void apply(std::span<const WriteBatch* const> batches) noexcept;

  // The same for one change a key, sorted by key: much faster where there are many, since
  // neighbours in the map are visited in turn and nothing is copied.
  void apply_sorted(std::vector<Change> changes);

  // Adds a put to `batch` for each entry from the key `from` on, until it holds `bytes` or
  // more. Returns the key to go on from, or nullopt if there is nothing behind.
  std::optional<std::string> copy_some(std::string_view from, std::size_t bytes,
                                       WriteBatch& batch) const;

  std::uint64_t key_count() const;
  std::uint64_t live_bytes() const;  // keys and values

 private:
  bool is_at(Rows::iterator place, std::string_view key) const {
    return place != rows_.end() && place->key() == key;
  }
  // Where `place` is the first row whose key is not less; the row must be there. Returns
  // the row behind.
  Rows::iterator erase(Rows::iterator place);
  void insert(Rows::iterator place, Row row);  // where it is the first whose key is greater

  // Tells this store's snapshots from others'; an address may come back.
  const std::shared_ptr<const char> identity_ = std::make_shared<const char>();
  mutable ReaderWriterLock mutex_;
  Rows rows_;                     // guarded by mutex_
  std::uint64_t live_bytes_ = 0;  // guarded by mutex_
};

}  // namespace strata
