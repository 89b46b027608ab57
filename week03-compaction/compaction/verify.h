// Reads everything that a store has on its disk, and checks it.
//
// Damage to data that nobody reads stays unnoticed, and meanwhile the last good backup may be
// overwritten. So check a store from time to time, and before you trust a backup.
#pragma once

#include <cstdint>
#include <string>

#include "lsm/lsm_store.h"
#include "store/store_directory.h"

namespace strata::compaction {

// What was checked and found undamaged.
struct Verified {
  std::uint64_t tables = 0;
  std::uint64_t segments = 0;  // segments of the log that are needed
  std::uint64_t records = 0;   // records in these segments

  std::string text() const;  // "3 tables, 1 log segment"
};

// Checks every block of every table, every record of the log, every edit of the manifest, and the
// file STORE. Blocks: on files, for a long time.
// Requires: nobody writes to the store meanwhile; compactions may run. Errors: kCorruption names
// the first damaged file, and the offset in it.
Result<Verified> verify(lsm::LsmStore& store);

// The file STORE of a store or a copy. kCorruption names it, if it is damaged.
Result<StoreFile> read_store_file(env::FileSystem& fs, const env::Path& directory);

}  // namespace strata::compaction
