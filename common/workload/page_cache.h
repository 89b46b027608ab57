// What the system has kept of files in memory. For measuring what reads cost that go to the disk.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "env/file_system.h"

namespace strata::workload {

// Writes the files below `directory` to the disk, and lets the system forget what they hold.
// Requires: nobody has them open; what is mapped somewhere stays. A file system that lives in
// memory keeps all.
Result<void> drop_from_page_cache(const env::Path& directory);

// How many bytes of the file are in memory.
Result<std::uint64_t> bytes_in_page_cache(const env::Path& file);

}  // namespace strata::workload
