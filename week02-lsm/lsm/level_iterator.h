// The open tables of one level. Helps to search and to walk a level in which no two tables overlap.
// Thread-safety: constant values; an iterator has one owner.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lsm/entry_iterator.h"
#include "lsm/table.h"

namespace strata::lsm {

struct OpenTable {
  std::string smallest;  // user keys
  std::string largest;
  std::shared_ptr<const Table> table;

  bool may_hold(std::string_view user_key) const {
    return smallest <= user_key && user_key <= largest;
  }
};
using OpenLevel = std::vector<OpenTable>;

// The first table of the level whose largest key is not less than `user_key`. No other table of the
// level can hold `user_key`. Requires: the tables are sorted by their keys and do not overlap.
OpenLevel::const_iterator first_not_before(const OpenLevel& level, std::string_view user_key);

// Walks the tables one after the other. It begins to read a table only when the walk reaches it.
// Requires: as above. Keeps `level` alive.
std::unique_ptr<EntryIterator> concatenate(std::shared_ptr<const OpenLevel> level,
                                           Caching caching = Caching::kKeep);

}  // namespace strata::lsm
