// Other databases as a Store, to compare measurements with.
//
// They run with their defaults. RocksDB verifies checksums at every read from a file, LevelDB only
// in compactions; LMDB has none. Compression is each one's default. Only options from the command
// line are set, for all alike. They treat kInterval as kNever.
//
// Thread-safety: none; used by the main thread.
#pragma once

#include <vector>

#include "workload/target.h"

namespace strata::workload {

// leveldb, rocksdb and lmdb. One that was not compiled in is there as well, with the package that
// it needs.
std::vector<Target> peers();

// Each of these exists only if it was compiled in.
Target leveldb_target();
Target rocksdb_target();
Target lmdb_target();

}  // namespace strata::workload
