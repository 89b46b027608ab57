// Walks several sorted sources as if they were one.
//
// Thread-safety: none; one owner. An error of any source makes it invalid.
#pragma once

#include <memory>
#include <vector>

#include "lsm/entry_iterator.h"

namespace strata::lsm {

// Requires: no two sources have an equal key.
std::unique_ptr<EntryIterator> merge(std::vector<std::unique_ptr<EntryIterator>> sources);

}  // namespace strata::lsm
