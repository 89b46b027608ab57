// What a reader at one sequence number sees of a walk over versions: of each key the newest
// version that it may see, unless that is a deletion.
//
// Thread-safety: none; one owner.
#pragma once

#include <memory>

#include "lsm/entry_iterator.h"
#include "store/store.h"

namespace strata::lsm {

// `entries` holds every version that a reader at `sequence` might see of the keys in the
// range. The cursor keeps it.
std::unique_ptr<Cursor> visible_entries(std::unique_ptr<EntryIterator> entries,
                                        SequenceNumber sequence, const ScanOptions& options);

}  // namespace strata::lsm
