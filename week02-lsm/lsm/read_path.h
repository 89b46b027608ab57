// What readers of a store see: memtables, tables, and the last visible sequence number.
//
// Thread-safety: readers may call view(), get(), scan() and snapshot() from many threads at once,
// beside one leader of a commit (show(), set_aside()), one flusher and one compactor
// (use_tables()). Invariants: an entry up to visible() is in the memtables or the tables of each
// State, or nobody can see it any more. `full` is null, or the tables do not have its entries yet.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "base/published.h"
#include "lsm/memtable.h"
#include "lsm/snapshot_list.h"
#include "lsm/version_set.h"

namespace strata::lsm {

class ReadPath {
 public:
  // The places to search, the newest first. It never changes, except that `active` gets entries.
  struct State {
    std::shared_ptr<Memtable> active;      // is written to
    std::shared_ptr<const Memtable> full;  // set aside, being flushed; may be null
    wal::Position log_start;               // of the version that has `full` as a table
    std::shared_ptr<const TableSet> tables;
  };
  // What one reader sees: its sequence number and the places to search.
  struct View {
    SequenceNumber sequence;
    std::shared_ptr<const State> state;
  };

  // Called once, before all others.
  void open(std::shared_ptr<Memtable> active, std::shared_ptr<const TableSet> tables,
            SequenceNumber visible);

  // Without `snapshot`: the state as of now. Errors: as SnapshotList::sequence_of(); kUnavailable
  // if the store's content was replaced since the snapshot was taken.
  Result<View> view(const std::shared_ptr<const Snapshot>& snapshot) const;
  // The value of `key`; nullopt if there is none or it is deleted. Errors: as TableSet::get().
  static Result<std::optional<std::string>> get(const View& view, std::string_view key,
                                                Reach reach);
  std::unique_ptr<Cursor> scan(const View& view, const ScanOptions& options);
  std::shared_ptr<const Snapshot> snapshot() { return snapshots_.take(); }

  std::shared_ptr<const State> state() const { return state_.get(); }
  SequenceNumber visible() const {
    return SequenceNumber(visible_.load(std::memory_order_relaxed));
  }
  // Below this sequence number nobody reads.
  SequenceNumber oldest() const { return snapshots_.oldest(); }

  // Makes the entries up to `last` visible. Requires: they are in the active memtable.
  void show(SequenceNumber last) { visible_.store(last.value(), std::memory_order_release); }
  // Makes `next` the active memtable. The one before it is now `full`. Requires: none was full.
  // If memory runs out, nothing has changed.
  void set_aside(std::shared_ptr<Memtable> next, wal::Position log_start);
  // Lets readers use versions.current(). If it has what was in `full`, there is no full one any
  // more.
  void use_tables(const VersionSet& versions);

  // For replace(): everything that needs memory.
  struct Replacement {
    std::shared_ptr<State> state;
    Published<State>::Prepared copies;
  };
  static Replacement prepare(std::shared_ptr<Memtable> next, wal::Position log_start);
  // On the leader: readers see versions.current() alone, and what is written from now on. `last` is
  // its sequence number. Requires: no memtable is full, and nobody can read versions.current()
  // before `last`.
  void replace(Replacement replacement, const VersionSet& versions, SequenceNumber last) noexcept;

  // Entries that scans have stepped over: deletions, and versions that they do not see.
  std::uint64_t skipped() const { return skipped_.load(std::memory_order_relaxed); }
  // True if a flush of the active memtable would cost less than what scans stepped over in it.
  bool worth_thinning(const Memtable& active) const;

  void check_invariants() const;

 private:
  void count_skipped(std::uint64_t entries, std::uint64_t in_memory, const TableSet& tables);

  std::atomic<std::uint64_t> visible_{0};
  SnapshotList snapshots_{visible_};
  std::mutex publishing_;  // one thread at a time replaces the state
  Published<State> state_;
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<std::uint64_t> skipped_in_memory_{0};  // those that a flush could leave out
  std::atomic<std::uint64_t> skipped_before_{0};     // skipped_in_memory_ when `full` was set aside
};

}  // namespace strata::lsm
