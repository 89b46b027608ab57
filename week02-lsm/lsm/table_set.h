// The open tables of one version. A reader keeps a TableSet alive while it reads.
//
// Thread-safety: constant after open(), except for counters; many threads may use it at once.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/thread_slot.h"
#include "lsm/level_iterator.h"
#include "lsm/table.h"
#include "lsm/version.h"

namespace strata::lsm {

class TableSet {
 public:
  // Opens the tables that `version` names. Tables that `before` already has open are shared with
  // it; `before` may be null. Blocks. Errors: as Table::open().
  static Result<std::shared_ptr<const TableSet>> open(env::FileSystem& fs,
                                                      const env::Path& directory,
                                                      std::uint64_t store_id,
                                                      const TableReadOptions& options,
                                                      Version version, const TableSet* before,
                                                      SequenceNumber readable_from = {});

  // The newest version of the key that a reader at `sequence` may see, or nullopt. Searches level 0
  // from the newest table to the oldest, then the deeper levels; the first table that has a version
  // decides. Errors: as Table::get().
  Result<std::optional<StoredVersion>> get(std::string_view user_key, SequenceNumber sequence,
                                           Reach reach = Reach::kDisk) const;

  // Appends to `sources` one iterator for each table of level 0, and one for each deeper level that
  // has tables.
  void iterate(std::vector<std::unique_ptr<EntryIterator>>& sources) const;

  // About how many times readers searched a further table of level 0 after the first one. A merge
  // of level 0 would have saved these searches.
  std::uint64_t needless_looks() const { return looks_.load(std::memory_order_relaxed); }
  // Adds to needless_looks() for entries of the tables that a scan stepped over.
  void count_skipped(std::uint64_t entries) const { count_needless(entries / kSkippedALook); }
  // Whether a table has `user_key` in its range of keys.
  bool may_hold(std::string_view user_key) const;
  // True if needless_looks() has grown a lot since this last returned true: by 1024, or by a
  // quarter of the value at that time if that is more. The store then wakes the compactor.
  bool many_more_looks() const;

  const Version& version() const { return version_; }
  // Reads every block of every table from the disk and checks it. Also checks the number of entries
  // against the version. Blocks.
  Result<void> verify() const;

  // The tables at `places`, in this order, each with its smallest and largest key. Requires: they
  // are in the version.
  std::vector<const OpenTable*> open_tables(std::span<const NumberAt> places) const;
  // Whether the version has a table with this number.
  bool has(std::uint64_t number) const;
  // Bytes of memory that the indexes and filters of all tables take.
  std::size_t memory() const;

  // Below this sequence number the set cannot be read: a compaction may have dropped versions that
  // only such readers need.
  SequenceNumber readable_from() const { return readable_from_; }

 private:
  TableSet(Version version, SequenceNumber readable_from)
      : version_(std::move(version)), readable_from_(readable_from) {}

  static constexpr std::uint64_t kSkippedALook = 16;  // entries that take the time of one look

  void count_needless(std::uint64_t looks) const;

  const Version version_;
  const SequenceNumber readable_from_;
  std::vector<std::shared_ptr<const OpenLevel>> levels_;  // as in version_
  struct alignas(kCacheLine) Counted {
    std::atomic<std::uint64_t> looks{0};
  };
  mutable std::array<Counted, kThreadSlots> counted_;  // a thread counts in its slot
  mutable std::atomic<std::uint64_t> looks_{0};        // about the sum of them
  mutable std::atomic<std::uint64_t> told_looks_{0};
};

}  // namespace strata::lsm
