// Reads all that a store has on its disk, and checks what can be checked.
//
// Damage that nobody reads stays unseen until the last good copy is overwritten; so somebody has
// to look, now and then, and before a backup is trusted.
#pragma once

#include <cstdint>
#include <string>

#include "lsm/lsm_store.h"

namespace strata::compaction {

// What was found sound.
struct Verified {
  std::uint64_t tables = 0;
  std::uint64_t segments = 0;  // of the log, those that are needed
  std::uint64_t records = 0;   // in them

  std::string text() const;  // "3 tables, 1 log segment"
};

// Every block of every table, every record of the log, every edit of the manifest, and STORE.
// Requires: `fs` is the store's, and nobody writes to the store meanwhile; it may compact. Errors:
// kCorruption names the first file that is damaged, and the offset.
Result<Verified> verify(lsm::LsmStore& store, env::FileSystem& fs);

}  // namespace strata::compaction
