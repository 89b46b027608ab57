// Options so small that some hundred entries fill a memtable, and a few flushes fill a manifest.
#pragma once

#include "lsm/lsm_store.h"

namespace strata::lsm {

inline LsmOptions small_options(env::Workers& workers = env::inline_workers()) {
  LsmOptions options;
  options.log = {.segment_bytes = 4096, .preallocate = 1024};
  options.workers = &workers;
  options.memtable_bytes = 10'000;
  options.tables = {.block_size = 256, .restart_interval = 4};
  options.manifest = {
      .log = {.segment_bytes = 2048, .preallocate = 512}, .least_bytes = 600, .piece_bytes = 150};
  return options;
}

}  // namespace strata::lsm
