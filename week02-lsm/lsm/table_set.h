// The tables of a version, open: what a reader holds on to while it reads.
//
// Thread-safety: constant once it is made, but for what it counts; may be used by many threads at
// once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "lsm/level_iterator.h"
#include "lsm/table.h"
#include "lsm/version.h"

namespace strata::lsm {

class TableSet {
 public:
  // Opens what `version` names; tables that `before` has open already are shared with it.
  static Result<std::shared_ptr<const TableSet>> open(env::FileSystem& fs,
                                                      const env::Path& directory,
                                                      std::uint64_t store_id,
                                                      const TableReadOptions& options,
                                                      Version version, const TableSet* before,
                                                      SequenceNumber readable_from = {});

  // The newest version of the key that a reader at `sequence` sees, or nullopt. Newer tables
  // come first: the first that knows the key knows best. kUnavailable as Table::get().
  Result<std::optional<StoredVersion>> get(std::string_view user_key, SequenceNumber sequence,
                                           Reach reach = Reach::kDisk) const;

  // Adds to `sources` an iterator over each table of level 0, and one over each level below.
  void iterate(std::vector<std::unique_ptr<EntryIterator>>& sources) const;

  // How often readers looked into another table of level 0 after the first, about: what they would
  // have been spared if it had been merged before this set was made.
  std::uint64_t needless_looks() const { return looks_.load(std::memory_order_relaxed); }
  // Whether there are many more since it last said so: a thousand, or a quarter of those there were
  // then if that is more. For whoever wakes a compactor.
  bool many_more_looks() const;

  const Version& version() const { return version_; }
  // Reads every block of every table from the disk, and checks it, and that there are as many
  // entries as the version says.
  Result<void> verify() const;

  // A table of the version with the keys at its ends. Requires: it is there.
  const OpenTable& open_table(const NumberAt& place) const;
  // The table with this number, or null.
  std::shared_ptr<const Table> find(std::uint64_t number) const;
  // Of its indexes and filters, which stay in memory.
  std::size_t memory() const;

  // Versions of keys that only readers before this number see may be gone.
  SequenceNumber readable_from() const { return readable_from_; }

 private:
  TableSet(Version version, SequenceNumber readable_from)
      : version_(std::move(version)), readable_from_(readable_from) {}

  void count_needless(std::uint64_t looks) const;

  const Version version_;
  const SequenceNumber readable_from_;
  std::vector<std::shared_ptr<const OpenLevel>> levels_;  // as in version_
  mutable std::atomic<std::uint64_t> looks_{0};
  mutable std::atomic<std::uint64_t> told_looks_{0};
};

}  // namespace strata::lsm
