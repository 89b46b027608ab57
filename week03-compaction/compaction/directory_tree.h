// A directory with all that lies in it: what a checkpoint and a backup copy and clear away.
//
// Requires: it holds files, and directories of them. Blocks: on files, and for long.
#pragma once

#include <cstdint>
#include <string_view>

#include "env/file_system.h"

namespace strata::compaction {

// What lies in a store's directory to be locked: by whoever has the store open, and by whoever
// makes a backup of it.
inline constexpr std::string_view kStoreLock = "LOCK";
inline constexpr std::string_view kBackupLock = "BACKUP.LOCK";

// Whether `path` is `directory` or lies in it. Requires: both are whole.
bool lies_within(const env::Path& path, const env::Path& directory);

// The directory beside `path` that holds what is made until it is ready; `what` is that, in a word.
// Whoever makes it again removes it first.
env::Path temporary_beside(const env::Path& path, std::string_view what);

// Removes a copy that did not come to its end; nothing where it is missing. kConflict, naming it,
// for what no copy holds: that stays.
Result<void> remove_copy(env::FileSystem& fs, const env::Path& directory);

// Gives a copy its name. Ensures on success: durably; on an error it has the one that it had, if
// the disk lets it have that again. Requires: nothing is called `to`, or an empty directory.
Result<void> put_into_place(env::FileSystem& fs, const env::Path& copy, const env::Path& to);

// Copies what lies in `from` into `to`, which must be there and have nothing of those names; not
// the locks of a store, which are of its place and not of its contents. Ensures on success: the
// copy is durable, but for the name of `to`. Returns the bytes of all files.
Result<std::uint64_t> copy_tree(env::FileSystem& fs, const env::Path& from, const env::Path& to);

}  // namespace strata::compaction
