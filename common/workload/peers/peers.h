// Other people's stores behind the Store contract, to measure against.
//
// They run as they ship: checksums are verified as each does by itself (RocksDB verifies
// on every read from a file, LevelDB only in compactions, LMDB has none), compression is
// each one's default, and only what the command line names is set, alike for all.
// kInterval is kNever to them. num_keys is exact but slow for LevelDB, which counts by
// walking; an estimate for RocksDB; exact for LMDB.
#pragma once

#include <vector>

#include "workload/target.h"

namespace strata::workload {

// leveldb, rocksdb, lmdb: those not compiled in too, with the package that they want.
std::vector<Target> peers();

// Each is there only if it was compiled in.
Target leveldb_target();
Target rocksdb_target();
Target lmdb_target();

}  // namespace strata::workload
