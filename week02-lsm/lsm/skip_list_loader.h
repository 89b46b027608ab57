// Fills a skip list at once: entries are taken in any order, sorted, and linked one behind the
// other. That needs no search, where insert() looks for the place of each; and of a log that is
// replayed nobody reads anything before its end.
//
// Thread-safety: none; one owner, and nobody may use the list until finish().
#pragma once

#include <vector>

#include "lsm/skip_list.h"

namespace strata::lsm {

class SkipListLoader {
 public:
  // Requires: the list is empty, and outlives this.
  explicit SkipListLoader(SkipList& list) : list_(list) {}

  // Copies both. Requires: no equal key was added.
  void add(const EntryKey& key, std::string_view value);

  // Ensures: the list has all that was added, as if by insert(). No call may follow.
  void finish();

 private:
  // Sorted without a look at most nodes, which lie all over the memory.
  struct Entry {
    KeyHead head;
    SkipList::Node* node;
    int height;
  };
  static bool before(const Entry& a, const Entry& b);

  SkipList& list_;
  std::vector<Entry> entries_;
};

}  // namespace strata::lsm
