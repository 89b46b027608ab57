// Copies and removes a directory with everything in it: the common part of checkpoints and backups.
//
// Requires: the directory contains only files and directories. Blocks: on files, for a long time.
#pragma once

#include <cstdint>
#include <string_view>

#include "env/file_system.h"

namespace strata::compaction {

// A process that makes a copy locks this file in the directory of the copy until it is finished.
// (kLockName is locked by the process that has a store open.)
inline constexpr std::string_view kBackupLock = "BACKUP.LOCK";

// Whether `path`, which need not exist, is `directory` or lies in it. The places on the disk
// decide, and not the names: a symbolic link or a second mount can lead to a place by another name.
// Requires: both are whole paths (env::whole_path()).
Result<bool> lies_within(env::FileSystem& fs, const env::Path& path, const env::Path& directory);

// kInvalidArgument, with the store's name, if `path`, which need not exist, is the directory of a
// store or lies in one. The places on the disk decide here, too.
Result<void> expect_outside_stores(env::FileSystem& fs, const env::Path& path);

// Where `path` is: without symbolic links, if it exists; else `path` itself.
Result<env::Path> place_of(env::FileSystem& fs, const env::Path& path);

// The name of a temporary directory beside `path`, for a copy that is not finished. `what`: a word
// for the kind of copy. A process that uses this name must first remove what is left there.
env::Path temporary_beside(const env::Path& path, std::string_view what);

// Removes an unfinished copy. Does nothing if `directory` does not exist. Returns kConflict, and
// names the file, for a file that cannot be part of a copy; such a file stays.
Result<void> remove_copy(env::FileSystem& fs, const env::Path& directory);

// Renames `copy` to `to`. Requires: `to` does not exist, or is an empty directory.
// Ensures on success: the new name is durable. On an error the copy has its old name, if the disk
// allows.
Result<void> put_into_place(env::FileSystem& fs, const env::Path& copy, const env::Path& to);

// Copies the contents of `from` into `to`, except the lock files of a store, which belong to its
// place and not to its contents. Requires: `to` exists, and contains no file of these names.
// Ensures on success: the copy is durable, except for the name of `to` itself.
Result<void> copy_tree(env::FileSystem& fs, const env::Path& from, const env::Path& to);

// The bytes of all files in `directory`.
Result<std::uint64_t> bytes_in(env::FileSystem& fs, const env::Path& directory);

}  // namespace strata::compaction
