// Picks what a reader at one sequence number sees from a walk over all versions: for each key the
// newest version that the reader may see, unless that version is a deletion.
//
// Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "lsm/entry_iterator.h"
#include "store/store.h"

namespace strata::lsm {

// Requires: for each key in the range of `options`, `entries` has every version that a reader at
// `sequence` might need. The cursor owns `entries`. It returns each key at most once, in the order
// and up to the limit of `options`; after the end it returns nullopt again. Errors: as
// entries->status(), never taken for the end. `on_end` is called when the cursor is destroyed, with
// the number of entries that it stepped over: deletions, and versions that are not the newest.
std::unique_ptr<Cursor> visible_entries(std::unique_ptr<EntryIterator> entries,
                                        SequenceNumber sequence, const ScanOptions& options,
                                        std::function<void(std::uint64_t)> on_end = nullptr);

}  // namespace strata::lsm
