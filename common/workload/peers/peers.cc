#include "workload/peers/peers.h"

namespace strata::workload {
namespace {

[[maybe_unused]] Target missing(std::string name, std::string summary, std::string package) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .open = [](const TargetOptions&) -> Result<std::unique_ptr<Store>> {
            return unsupported("not compiled in");
          },
          .missing_package = std::move(package)};
}

}  // namespace

std::vector<Target> peers() {
  return {
#ifdef STRATA_HAVE_LEVELDB
      leveldb_target(),
#else
      missing("leveldb", "Google's log-structured store", "libleveldb-dev"),
#endif
#ifdef STRATA_HAVE_ROCKSDB
      rocksdb_target(),
#else
      missing("rocksdb", "Meta's descendant of LevelDB", "librocksdb-dev"),
#endif
#ifdef STRATA_HAVE_LMDB
      lmdb_target(),
#else
      missing("lmdb", "a memory-mapped B+tree", "liblmdb-dev"),
#endif
  };
}

}  // namespace strata::workload
