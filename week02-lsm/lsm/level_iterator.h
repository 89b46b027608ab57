// The tables of one level, in which no two overlap: what a walk and a search need of them.
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

// The first table of the level that ends at `user_key` or behind it, which alone may hold it.
// Requires: the tables stand in the order of their keys and do not overlap.
OpenLevel::const_iterator first_not_before(const OpenLevel& level, std::string_view user_key);

// Walks the tables one after the other, each opened only when the walk comes to it. The same
// is required. Keeps `level` alive.
std::unique_ptr<EntryIterator> concatenate(std::shared_ptr<const OpenLevel> level,
                                           Caching caching = Caching::kKeep);

}  // namespace strata::lsm
