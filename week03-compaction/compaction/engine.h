// Week 2's store with everything that this week adds: one set of options, and a function that turns
// it into LsmOptions.
//
// Pure functions. Thread-safety: may be called from many threads at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "compaction/compaction_observer.h"
#include "compaction/level_throttle.h"
#include "compaction/levelled_policy.h"
#include "compaction/policy_compactor.h"
#include "compaction/tiered_policy.h"
#include "lsm/lsm_store.h"

namespace strata::compaction {

enum class Compression { kNone, kLz4, kZstd };
enum class PolicyKind { kLevelled, kTiered, kNever };

struct EngineOptions {
  lsm::LsmOptions store;  // everything that is not set below
  PolicyKind policy = PolicyKind::kLevelled;
  LevelledOptions levelled;
  TieredOptions tiered;
  ThrottleOptions throttle;
  std::uint64_t bytes_a_look = CompactorOptions().bytes_a_look;
  std::uint64_t cache_bytes = std::uint64_t{64} << 20;  // of the block cache; 0: no cache
  int filter_bits = 10;                                 // bits for each key; 0: no filters
  Compression compression = Compression::kLz4;
  Compression bottom_compression = Compression::kLz4;          // of the last level
  CompactionObserver* observer = &CompactionObserver::none();  // must outlive the store
};

// Returns the options for LsmStore::open(). Each call makes a cache and a compactor of its own.
lsm::LsmOptions engine(const EngineOptions& options);

// Parse the names that command lines use: "lz4", "levelled". For another name they return
// kInvalidArgument, with the names that exist in the message.
Result<Compression> parse_compression(std::string_view name);
Result<PolicyKind> parse_policy(std::string_view name);

}  // namespace strata::compaction
