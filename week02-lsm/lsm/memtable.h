// The newest writes, in memory, sorted: what a log makes durable and a flush writes out as a
// table. A deletion is an entry too, since it has to hide what older tables say.
//
// Thread-safety: one thread may add at a time; any number may read beside it, without
// locks. A reader at a sequence number sees every entry up to it whose add() had returned.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include "lsm/entry_iterator.h"
#include "lsm/memtable_filter.h"
#include "lsm/skip_list.h"
#include "lsm/skip_list_loader.h"

namespace strata::lsm {

// What some part of the store knows of a key.
struct VersionView {
  OperationKind kind;
  std::string_view value;  // empty for kDelete
};

class Memtable {
 public:
  // `limit`: the memory() that it is to stay below. It counts as finely as that needs.
  explicit Memtable(std::uint64_t limit = std::uint64_t{1} << 20)
      : list_(block_size_for(limit)), filter_(limit) {}

  // Requires: `sequence` is greater than any added before.
  void add(SequenceNumber sequence, const Operation& operation);

  // The newest version of the key that a reader at `sequence` sees, or nullopt if this
  // table knows none. The view lives as long as the table.
  std::optional<VersionView> get(std::string_view user_key, SequenceNumber sequence) const;
  // The same without a look at the filter, which spares get() most searches for nothing.
  std::optional<VersionView> search(std::string_view user_key, SequenceNumber sequence) const;

  // At the first entry. The table must outlive it.
  SkipList::Iterator begin() const;
  // The same for whoever walks several sources. Keeps `table` alive.
  static std::unique_ptr<EntryIterator> iterate(std::shared_ptr<const Memtable> table);

  bool empty() const { return entries() == 0; }
  std::uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }
  std::uint64_t memory() const { return list_.memory() + filter_.memory(); }

 private:
  friend class MemtableLoader;
  static std::size_t block_size_for(std::uint64_t limit) {
    return std::clamp<std::uint64_t>(limit / 16, 512, Arena::kHugePage);
  }

  SkipList list_;
  MemtableFilter filter_;  // of user keys
  std::atomic<std::uint64_t> entries_{0};
};

// Fills an empty memtable that nobody reads yet, faster than entry by entry. Thread-safety: none.
class MemtableLoader {
 public:
  // `table` must outlive it.
  explicit MemtableLoader(Memtable& table) : table_(table), list_(table.list_) {}

  // As Memtable::add(), but the table has the entry only after finish(), the last call.
  void add(SequenceNumber sequence, const Operation& operation) {
    table_.filter_.add(hash_of(operation.key));
    list_.add(EntryKey(operation.key, sequence, operation.kind), operation.value);
    table_.entries_.fetch_add(1, std::memory_order_relaxed);
  }
  void finish() { list_.finish(); }

 private:
  Memtable& table_;
  SkipListLoader list_;
};

}  // namespace strata::lsm
