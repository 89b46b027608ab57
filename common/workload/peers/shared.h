// What LevelDB and RocksDB have in common. RocksDB began as a copy of LevelDB, and its classes
// still look the same, so these templates work with both.
//
// Thread-safety: as the peer's own.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <type_traits>

#include "store/store.h"

namespace strata::workload {

template <class Slice>
Slice slice_of(std::string_view text) {
  return Slice(text.data(), text.size());
}

template <class Slice>
std::string_view view_of(const Slice& slice) {
  return {slice.data(), slice.size()};
}

// Requires: !status.ok().
template <class Status>
Error error_of(std::string_view peer, const Status& status) {
  Error error = io_error(fmt::format("{}: {}", peer, status.ToString()));
  if (status.IsCorruption()) error.code = ErrorCode::kCorruption;
  if (status.IsInvalidArgument()) error.code = ErrorCode::kInvalidArgument;
  if (status.IsNotFound()) error.code = ErrorCode::kNotFound;
  if constexpr (requires { status.IsNoSpace(); }) {
    if (status.IsNoSpace() || status.IsShutdownInProgress() || status.IsBusy())
      error.code = ErrorCode::kUnavailable;
    if (status.IsNotSupported()) error.code = ErrorCode::kUnsupported;
  } else {
    if (status.IsNotSupportedError()) error.code = ErrorCode::kUnsupported;
  }
  return error;
}

// A snapshot of the peer. It is released when its last holder releases it. It must not outlive the
// database.
template <class Database, class PeerSnapshot>
class HeldSnapshot final : public Snapshot {
 public:
  explicit HeldSnapshot(Database& database) : database_(database), held_(database.GetSnapshot()) {}
  ~HeldSnapshot() override { database_.ReleaseSnapshot(held_); }

  const PeerSnapshot* get() const { return held_; }
  // Null if `snapshot` belongs to another store.
  static const PeerSnapshot* in(const Snapshot& snapshot, const Database& database) {
    const auto* ours = dynamic_cast<const HeldSnapshot*>(&snapshot);
    return ours && &ours->database_ == &database ? ours->get() : nullptr;
  }

 private:
  Database& database_;
  const PeerSnapshot* const held_;
};

// Moves an iterator of the peer over a range, in either direction, up to a limit.
template <class Iterator, class Slice>
class IteratorCursor final : public Cursor {
 public:
  IteratorCursor(std::string_view peer, std::unique_ptr<Iterator> iterator, ScanOptions options)
      : Cursor(options.reverse),
        peer_(peer),
        iterator_(std::move(iterator)),
        options_(std::move(options)) {}

  Result<std::optional<Entry>> next() override {
    if (ended_) return result();
    if (returned_ == options_.limit) return end();
    if (returned_ == 0)
      start();
    else if (options_.reverse)
      iterator_->Prev();
    else
      iterator_->Next();
    if (!iterator_->Valid() || !options_.range.contains(view_of(iterator_->key()))) return end();
    ++returned_;
    return Entry{view_of(iterator_->key()), view_of(iterator_->value())};
  }

 private:
  void start() {
    const auto& [from, to] = options_.range;
    if (!options_.reverse) return iterator_->Seek(slice_of<Slice>(from));
    if (to) iterator_->Seek(slice_of<Slice>(*to));
    if (to && iterator_->Valid())
      iterator_->Prev();  // `to` is not in the range
    else
      iterator_->SeekToLast();
  }

  Result<std::optional<Entry>> end() {
    ended_ = true;
    return result();
  }
  Result<std::optional<Entry>> result() const {
    if (!iterator_->status().ok()) return error_of(peer_, iterator_->status());
    return std::nullopt;
  }

  const std::string_view peer_;  // a literal
  const std::unique_ptr<Iterator> iterator_;
  const ScanOptions options_;  // holds the snapshot, too
  std::uint64_t returned_ = 0;
  bool ended_ = false;
};

// What a store does in the same way with both peers. `Peer` names one of them: kName, and the types
// Database, Iterator, Slice, Snapshot, ReadOptions, WriteOptions and WriteBatch.
template <class Peer>
class PeerStore : public Store {
 public:
  using Database = typename Peer::Database;
  using Slice = typename Peer::Slice;

  // `sync`: each write waits for the disk.
  PeerStore(bool sync, std::unique_ptr<Database> database)
      : sync_(sync), database_(std::move(database)) {}

  Result<void> write(const WriteBatch& batch) override {
    STRATA_TRY(check_batch(batch));
    STRATA_TRY(check_open());
    typename Peer::WriteBatch updates;
    for (const Operation operation : batch) {
      const auto key = slice_of<Slice>(operation.key);
      if (operation.kind == OperationKind::kPut)
        updates.Put(key, slice_of<Slice>(operation.value));
      else
        updates.Delete(key);
    }
    return write_to_peer(updates, sync_);
  }

  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override {
    STRATA_TRY(const auto peer_options, read_options(options.snapshot));
    std::unique_ptr<Iterator> iterator(database_->NewIterator(peer_options));
    return std::make_unique<IteratorCursor<Iterator, Slice>>(Peer::kName, std::move(iterator),
                                                             options);
  }

  Result<std::shared_ptr<const strata::Snapshot>> snapshot() override {
    STRATA_TRY(check_open());
    return std::make_shared<const Held>(*database_);
  }

  Capabilities capabilities() const override { return {.durable = true, .snapshots = true}; }

 protected:
  Result<void> check_open() const {
    if (database_) return {};
    return unavailable("the store is closed");
  }

  Result<typename Peer::ReadOptions> read_options(
      const std::shared_ptr<const strata::Snapshot>& snapshot) const {
    STRATA_TRY(check_open());
    typename Peer::ReadOptions options;
    if (!snapshot) return options;
    options.snapshot = Held::in(*snapshot, *database_);
    if (!options.snapshot) return invalid_argument("the snapshot belongs to another store");
    return options;
  }

  Result<void> write_to_peer(typename Peer::WriteBatch& updates, bool sync) {
    typename Peer::WriteOptions options;
    options.sync = sync;
    const auto status = database_->Write(options, &updates);
    if (!status.ok()) return error_of(Peer::kName, status);
    return {};
  }

  Database& database() { return *database_; }
  void drop_database() { database_.reset(); }

 private:
  using Iterator = typename Peer::Iterator;
  using Held = HeldSnapshot<Database, typename Peer::Snapshot>;

  const bool sync_;
  std::unique_ptr<Database> database_;
};

}  // namespace strata::workload
