// Holds the newest writes in memory, sorted. The log makes these writes durable, and a flush writes
// them to a table. A deletion is an entry too, because it must hide the versions in older tables.
//
// Thread-safety: one thread may add at a time. Any number of threads may read at the same time,
// without locks. A reader at a sequence number sees every entry with this number or a smaller one
// whose add() has returned.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include "lsm/entry_iterator.h"
#include "lsm/memtable_filter.h"
#include "lsm/skip_list.h"
#include "lsm/skip_list_loader.h"

namespace strata::lsm {

// The newest visible version of a key in one place of the store.
struct VersionView {
  OperationKind kind;
  std::string_view value;  // empty for kDelete
};

class Memtable {
 public:
  // `limit`: about how much memory() the memtable may reach. Memory is taken in blocks that are
  // small compared with it.
  explicit Memtable(std::uint64_t limit = std::uint64_t{1} << 20)
      : list_(block_size_for(limit)), filter_(limit) {}

  // Copies key and value. Requires: `sequence` is greater than all that were added before.
  void add(SequenceNumber sequence, const Operation& operation);

  // The newest version of the key that a reader at `sequence` may see, put or deletion. Returns
  // nullopt if the memtable has none. The view is valid as long as the memtable lives.
  std::optional<VersionView> get(std::string_view user_key, SequenceNumber sequence) const;
  // The same, without asking the filter first.
  std::optional<VersionView> search(std::string_view user_key, SequenceNumber sequence) const;

  // An iterator at the first entry. The memtable must outlive it.
  SkipList::Iterator begin() const;
  // An EntryIterator over the memtable, for merging. Keeps `table` alive.
  static std::unique_ptr<EntryIterator> iterate(std::shared_ptr<const Memtable> table);

  bool empty() const { return entries() == 0; }
  std::uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }
  std::uint64_t deletions() const { return deletions_.load(std::memory_order_relaxed); }
  std::uint64_t memory() const { return list_.memory() + filter_.memory(); }

 private:
  friend class MemtableLoader;
  static std::size_t block_size_for(std::uint64_t limit) {
    return std::clamp<std::uint64_t>(limit / 16, 512, Arena::kHugePage);
  }

  void count(OperationKind kind) {
    entries_.fetch_add(1, std::memory_order_relaxed);
    if (kind == OperationKind::kDelete) deletions_.fetch_add(1, std::memory_order_relaxed);
  }

  SkipList list_;
  MemtableFilter filter_;  // contains the user keys, also those of deletions
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::uint64_t> deletions_{0};  // of these entries
};

// Fills an empty memtable faster than add() does. Requires: nobody reads the memtable before
// finish(). Thread-safety: none; one owner.
class MemtableLoader {
 public:
  // Requires: `table` is empty and outlives the loader.
  explicit MemtableLoader(Memtable& table) : table_(table), list_(table.list_) {}

  // Like Memtable::add(), but the memtable has the entries only after finish(). No call may follow
  // finish().
  void add(SequenceNumber sequence, const Operation& operation) {
    table_.filter_.add(hash_of(operation.key));
    list_.add(EntryKey(operation.key, sequence, operation.kind), operation.value);
    table_.count(operation.kind);
  }
  void finish() { list_.finish(); }

 private:
  Memtable& table_;
  SkipListLoader list_;
};

}  // namespace strata::lsm
