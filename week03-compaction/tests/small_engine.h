// An engine with limits so small that some hundred entries fill a memtable, and a few flushes lead
// to a compaction.
#pragma once

#include "compaction/engine.h"
#include "testing/model.h"

namespace strata::compaction {

inline EngineOptions small_engine(env::Workers& workers = env::inline_workers()) {
  EngineOptions options;
  options.store.log = {.segment_bytes = 4096, .preallocate = 1024};
  options.store.workers = &workers;
  options.store.memtable_bytes = 10'000;
  options.store.tables = {.block_size = 256, .restart_interval = 4};
  options.store.manifest = {
      .log = {.segment_bytes = 2048, .preallocate = 512}, .least_bytes = 600, .piece_bytes = 150};
  options.levelled = {.level0_tables = 2,
                      .level1_bytes = 8'000,
                      .multiplier = 3,
                      .table_bytes = 3'000,
                      .max_overlap = 3};
  options.cache_bytes = 64 << 10;
  options.bytes_a_look = 0;  // merges depend on writes only, not on reads
  return options;
}

inline Result<std::unique_ptr<lsm::LsmStore>> open_small(
    env::FileSystem& fs, const env::Path& directory,
    const EngineOptions& options = small_engine()) {
  return lsm::LsmStore::open(fs, directory, engine(options));
}

// Writes `count` random batches, numbered from `number` on, to the store and to the model.
inline Result<void> write_some(Store& store, testing::Model& model, std::uint64_t number,
                               std::uint64_t count) {
  env::Random random(number);
  for (const std::uint64_t end = number + count; number < end; ++number) {
    const WriteBatch batch = testing::random_batch(random, number, {});
    STRATA_TRY(store.write(batch));
    testing::apply(batch, model);
  }
  return {};
}

}  // namespace strata::compaction
