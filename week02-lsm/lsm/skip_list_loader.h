// Fills an empty skip list with many entries at once. It takes the entries in any order, sorts
// them, and links them one after the other. This needs no search, while insert() searches for the
// place of each entry. Replaying a log can use it, because nobody reads the list before the replay
// is done.
//
// Thread-safety: none; one owner. No other code may use the list before finish().
#pragma once

#include <vector>

#include "lsm/skip_list.h"

namespace strata::lsm {

class SkipListLoader {
 public:
  // Requires: `list` is empty and outlives the loader.
  explicit SkipListLoader(SkipList& list) : list_(list) {}

  // Copies key and value. Requires: no equal key was added before.
  void add(const EntryKey& key, std::string_view value);

  // Ensures: the list has all added entries, as if insert() had added them. No call may follow.
  void finish();

 private:
  // Sorting uses `head`, so it rarely reads the nodes, which are spread over the memory.
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
