// A copy of a running store in another directory of the same disk. It costs hardly any time or
// space: tables and sealed log segments never change, so the copy has them by hard links, and
// only the manifest and an empty log segment are written.
//
// The copy is a store of its own: it may be opened, written to and removed while the first one
// runs on. It has every write that was acknowledged before the call, and batches whole.
#pragma once

#include "lsm/lsm_store.h"

namespace strata::compaction {

// Ensures on success: `target` holds the copy, durably. After a crash it is not there, and what is
// left is a directory of that name with the suffix of temporaries, which the next try removes;
// after an error that is removed at once, as far as the disk lets it. Parents that are missing are
// made, and stay. Writers wait while the links are made. May be called by many threads at once.
// Requires: `fs` is the store's, and no other store makes a checkpoint of that name meanwhile.
// Errors: kConflict if `target` is there; kInvalidArgument if it lies within the store;
// kUnsupported if it is on another disk; those of the disk.
Result<void> checkpoint(lsm::LsmStore& store, env::FileSystem& fs, const env::Path& target);

}  // namespace strata::compaction
