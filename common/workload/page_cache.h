// The system's page cache: the parts of files that it keeps in memory. It is emptied to measure
// reads that go to the disk.
//
// Thread-safety: as the system calls.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "env/file_system.h"

namespace strata::workload {

// Writes the files in and below `directory` to the disk and removes them from the page cache.
// Requires: no process has them open or mapped; such pages stay. A file system in memory keeps
// everything.
Result<void> drop_from_page_cache(const env::Path& directory);

// How many bytes of the file are in the page cache.
Result<std::uint64_t> bytes_in_page_cache(const env::Path& file);

}  // namespace strata::workload
