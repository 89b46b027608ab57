// Copies the directory of a store to another place, which may be on another disk, and back.
//
// A copy is made in a temporary directory beside its final place, opened, and read to the last
// byte. Only then does it get its final name. So a directory with the name of a backup is
// complete, and all its data was readable when the backup was made.
//
// Blocks: on files, for a long time. Thread-safety: all functions may be called from many threads
// and processes at once; of two copies to one place, one fails with kConflict and does not disturb
// the other.
#pragma once

#include <string>

#include "compaction/verify.h"
#include "env/random.h"

namespace strata::compaction {

struct Copied {
  Verified verified;
  // Of the finished copy. It was opened to check it, and that changed its log: the room for later
  // writes, which the log of a process that died still has, is gone; a few bytes are new.
  std::uint64_t bytes = 0;

  std::string text() const;  // "3 tables, 1 log segment, 12345 bytes"
};

// Copies a store that no process has open, a checkpoint, or a backup. If its last process died, the
// copy is what opening the store would have recovered. It only reads `from`, so that may be on a
// read-only disk; many copies of it may be made at once.
// Requires: `to` does not exist, or is an empty directory on which no other disk is mounted.
// Ensures on success: `to` is a durable copy, with an id of its own (from `entropy`), so that it
// can be told from its original and from other copies. On an error `to` is as it was, as far as the
// disk allows, except that an empty directory may be gone. `from` is never changed. Errors: those
// of StoreDirectory::open() and verify() on the copy; kNotFound if there is no store in `from`;
// kConflict if `from` is in use, or another copy to `to` is being made; kInvalidArgument if `to`
// exists and is not empty, or lies in `from` or in another store.
Result<Copied> copy_store(env::FileSystem& fs, const env::Path& from, const env::Path& to,
                          env::Entropy& entropy = env::system_entropy());

}  // namespace strata::compaction
