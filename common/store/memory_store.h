// The simplest thing that is a Store: an ordered map behind a reader-writer lock.
//
// It is the reference that other stores are compared with, and the map that week 1
// makes durable. Nothing survives it. A scan copies what it will return, up to its
// limit, under the lock; a snapshot copies everything.
#pragma once

#include <map>
#include <span>

#include "base/reader_writer_lock.h"
#include "store/store.h"

namespace strata {

class MemoryStore final : public Store {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;  // num_keys, live_bytes
  Capabilities capabilities() const override { return {.durable = false, .snapshots = true}; }
  Result<void> close() override { return {}; }

  // write() for a caller that has checked the limits and must not fail half-way: one
  // call makes all of `batches` visible at once.
  void apply(std::span<const WriteBatch* const> batches);

  // The same for one operation a key, sorted by key: much faster where there are many,
  // since neighbours in the map are visited in turn.
  void apply_sorted(std::span<const Operation> operations);

  // Adds a put to `batch` for each entry from the key `from` on, until it holds `bytes` or
  // more. Returns the key to go on from, or nullopt if there is nothing behind.
  std::optional<std::string> copy_some(std::string_view from, std::size_t bytes,
                                       WriteBatch& batch) const;

  std::uint64_t key_count() const;
  std::uint64_t live_bytes() const;  // keys and values

 private:
  // Where `place` is the first key not less than the operation's. Returns where the next
  // greater key would be looked for.
  Map::iterator apply_at(Map::iterator place, const Operation& operation);

  mutable ReaderWriterLock mutex_;
  Map map_;                       // guarded by mutex_
  std::uint64_t live_bytes_ = 0;  // guarded by mutex_
};

}  // namespace strata
