// Applies edits, one after the other, to a version. Each table that an edit adds or removes costs
// log n; apply() in version.h copies the whole version. So a manifest of many edits is read in n
// log n.
//
// Thread-safety: none; one owner.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "lsm/version.h"

namespace strata::lsm {

class VersionBuilder {
 public:
  explicit VersionBuilder(const Version& start = {});

  // Errors: as lsm::apply(). After an error, no call may follow.
  Result<void> apply(const VersionEdit& edit);

  // The version after all edits. No call may follow.
  Version finish();

 private:
  // The order of a level.
  struct Before {
    std::size_t level;
    bool operator()(const TableInfo& left, const TableInfo& right) const;
  };
  using Level = std::set<TableInfo, Before>;
  struct Place {
    std::size_t level;
    Level::iterator table;
  };

  Result<void> remove(const NumberAt& gone);
  Result<void> add(const TableAt& come);
  bool overlaps_a_neighbour(const Place& place) const;

  std::vector<Level> levels_;
  std::unordered_map<std::uint64_t, Place> places_;  // by the table's number
  Version rest_;                                     // all but the tables
};

}  // namespace strata::lsm
