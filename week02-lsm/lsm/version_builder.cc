#include "lsm/version_builder.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace strata::lsm {

bool VersionBuilder::Before::operator()(const TableInfo& left, const TableInfo& right) const {
  if (level == 0) return left.number > right.number;
  return smallest_user_key(left) < smallest_user_key(right);
}

VersionBuilder::VersionBuilder(const Version& start) {
  for (std::size_t level = 0; level < kLevels; ++level) {
    Level& tables = levels_.emplace_back(Before{level});
    for (const TableInfo& table : start.levels[level])
      places_.emplace(table.number, Place{level, tables.insert(tables.end(), table)});
  }
  rest_.log_start = start.log_start;
  rest_.sequence = start.sequence;
  rest_.next_number = start.next_number;
}

Result<void> VersionBuilder::apply(const VersionEdit& edit) {
  for (const NumberAt& gone : edit.removed) STRATA_TRY(remove(gone));
  for (const TableAt& come : edit.added) STRATA_TRY(add(come));
  rest_.log_start = edit.log_start;
  rest_.sequence = edit.sequence;
  rest_.next_number = edit.next_number;
  return {};
}

Result<void> VersionBuilder::remove(const NumberAt& gone) {
  const auto found = places_.find(gone.number);
  if (found == places_.end() || found->second.level != gone.level)
    return corruption(fmt::format("an edit removes table {} from level {}, where it is not",
                                  gone.number, gone.level));
  levels_[gone.level].erase(found->second.table);
  places_.erase(found);
  return {};
}

Result<void> VersionBuilder::add(const TableAt& come) {
  if (places_.contains(come.table.number))
    return corruption(fmt::format("an edit adds table {} twice", come.table.number));
  const auto [table, inserted] = levels_[come.level].insert(come.table);
  const Place place{come.level, table};
  if (!inserted || (come.level > 0 && overlaps_a_neighbour(place)))
    return corruption(fmt::format("an edit adds table {} to level {}, where it overlaps another",
                                  come.table.number, come.level));
  places_.emplace(come.table.number, place);
  return {};
}

bool VersionBuilder::overlaps_a_neighbour(const Place& place) const {
  const Level& tables = levels_[place.level];
  const auto after = std::next(place.table);
  const bool touches_before =
      place.table != tables.begin() &&
      largest_user_key(*std::prev(place.table)) >= smallest_user_key(*place.table);
  return touches_before ||
         (after != tables.end() && largest_user_key(*place.table) >= smallest_user_key(*after));
}

Version VersionBuilder::finish() {
  for (std::size_t level = 0; level < kLevels; ++level) {
    Level& tables = levels_[level];
    rest_.levels[level].reserve(tables.size());
    while (!tables.empty())
      rest_.levels[level].push_back(std::move(tables.extract(tables.begin()).value()));
  }
  return std::move(rest_);
}

}  // namespace strata::lsm
