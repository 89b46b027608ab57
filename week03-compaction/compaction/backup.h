// A store's directory, copied to another place, which may be another disk; and back.
//
// The copy is made in a temporary beside its place, opened and read to the last byte, and only
// then given its name. So a directory with the name of a backup is whole, and sound as of then.
//
// Blocks: on files, and for long. Of two backups of one store at once, or two copies to
// one place, one fails, and the other is not disturbed.
#pragma once

#include <string>

#include "compaction/verify.h"

namespace strata::compaction {

struct Copied {
  Verified verified;
  std::uint64_t bytes = 0;
  std::string left_behind;  // why the checkpoint on the way is still there; empty: it is not

  std::string text() const;  // "3 tables, 1 log segment, 12345 bytes"
};

// Copies the store in `from` as it is now: by way of a checkpoint beside it, so that the store is
// in use only for a moment. Errors: kNotFound if there is no store in `from`; kConflict if it is
// in use, or another backup of it is being made; as copy_checkpoint() otherwise.
Result<Copied> back_up(env::FileSystem& fs, const env::Path& from, const env::Path& to);

// Copies a directory that no process has open and none changes: a checkpoint, or a backup.
// Ensures on success: `to` holds the copy, durably; on an error it is as it was, as far as the
// disk lets it, but that an empty directory may be gone; `from` is as it was in any case. `to` may
// be there if it is an empty directory, and no other disk is mounted on it. Errors: as
// StoreDirectory::open() and verify(), of the copy; kConflict if `from` is in use, or another copy
// to `to` is being made; kInvalidArgument if `to` is there and not empty, or lies in `from`.
Result<Copied> copy_checkpoint(env::FileSystem& fs, const env::Path& from, const env::Path& to);

}  // namespace strata::compaction
