// Copies a running store to another directory. On the same disk this takes hardly any time or
// space: tables and sealed log segments never change, so the copy gets them by hard links. Only the
// manifest and an empty log segment are written. On another disk, or on one without hard links, the
// bytes are copied.
//
// The copy is an independent store: it may be opened, written to and removed while the first store
// runs. It has every write that was acknowledged before the call; a batch is in it whole or not at
// all. The tables and the log are not read: if one is damaged, so is the copy. verify() finds that.
#pragma once

#include "lsm/lsm_store.h"

namespace strata::compaction {

// Ensures on success: `target` is a durable copy. If the process crashes, `target` does not exist;
// a directory with its name and the suffix for temporaries may remain, and the next call removes
// it. After an error it is removed at once, as far as the disk allows. Missing parent directories
// are made, and stay.
// Blocks: on files; writers of the store wait while the links are made, or the bytes are copied.
// Thread-safety: may be called from many threads at once. Requires: no other store makes a
// checkpoint of that name at the same time. Errors: kConflict if `target` exists; kInvalidArgument
// if it lies within this store or another one; errors of the disk.
Result<void> checkpoint(lsm::LsmStore& store, const env::Path& target);

}  // namespace strata::compaction
