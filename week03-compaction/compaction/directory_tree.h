// A directory with all that lies in it: what a checkpoint and a backup copy and clear away.
//
// Requires: it holds files, and directories of them. Blocks: on files, and for long.
#pragma once

#include <cstdint>

#include "env/file_system.h"

namespace strata::compaction {

// `path` from the root on, without dots and without a slash at its end.
env::Path whole_path(const env::Path& path);

// Whether `path` is `directory` or lies in it. Requires: both are whole.
bool lies_within(const env::Path& path, const env::Path& directory);

// The directory beside `path` that holds what is made until it is ready. Whoever makes it again
// removes it first.
env::Path temporary_beside(const env::Path& path);

// Removes a copy that did not come to its end; nothing where it is missing. kConflict, naming it,
// for what no copy holds: that stays.
Result<void> remove_copy(env::FileSystem& fs, const env::Path& directory);

// Copies `from` to `to`, which must not be there; not the LOCK of a store, which is of its place
// and not of its contents. Ensures on success: the copy is durable, but for the name of `to`.
// Returns the bytes of all files.
Result<std::uint64_t> copy_tree(env::FileSystem& fs, const env::Path& from, const env::Path& to);

}  // namespace strata::compaction
