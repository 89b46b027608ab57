// Merges several sorted sources into one walk, in both directions.
//
// Thread-safety: none; one owner.
// Errors: an error of any source makes the merge invalid; status() returns that error.
#pragma once

#include <memory>
#include <vector>

#include "lsm/entry_iterator.h"

namespace strata::lsm {

// Returns an iterator over all entries of `sources`. Requires: no two sources have an equal entry
// key.
std::unique_ptr<EntryIterator> merge(std::vector<std::unique_ptr<EntryIterator>> sources);

}  // namespace strata::lsm
