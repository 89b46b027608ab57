// Makes the store of week 3 known to the tools, by its name.
#include "store/stage.h"
#include "compaction/codecs.h"
#include "compaction/engine.h"
#include "env/posix_file_system.h"
#include "lsm/dump.h"

namespace strata::compaction {
namespace {

Result<std::unique_ptr<Store>> open_stage(const StageOptions& options) {
  EngineOptions ours;
  ours.store.sync = options.sync;
  const Tuning& tuning = options.tuning;
  ours.store.memtable_bytes = tuning.write_buffer.value_or(ours.store.memtable_bytes);
  ours.cache_bytes = tuning.cache.value_or(ours.cache_bytes);
  ours.filter_bits = tuning.filter_bits.value_or(ours.filter_bits);
  if (tuning.compression) {
    STRATA_TRY(ours.compression, parse_compression(*tuning.compression));
    ours.bottom_compression = ours.compression;
  }
  return lsm::LsmStore::open(env::posix_file_system(), options.directory, engine(ours));
}

const bool kRegistered = [] {
  register_stage({.name = "week03",
                  .summary = "the tree of week 2 with compaction, filters, cache and compression",
                  .open = open_stage,
                  .takes_tuning = true,
                  .compressions = {"none", "lz4", "zstd"}});
  lsm::register_dump_codec(std::make_shared<const Lz4Codec>());
  lsm::register_dump_codec(std::make_shared<const ZstdCodec>());
  return true;
}();

}  // namespace
}  // namespace strata::compaction
