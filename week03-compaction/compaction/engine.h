// Week 2's store with all that this week adds: one set of options, and the LsmOptions that they
// come to.
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
  lsm::LsmOptions store;  // what is not said below
  PolicyKind policy = PolicyKind::kLevelled;
  LevelledOptions levelled;
  TieredOptions tiered;
  ThrottleOptions throttle;
  std::uint64_t bytes_a_look = CompactorOptions().bytes_a_look;
  std::uint64_t cache_bytes = std::uint64_t{64} << 20;  // of blocks; 0: none are kept
  int filter_bits = 10;                                 // a key; 0: no filters
  Compression compression = Compression::kLz4;
  Compression bottom_compression = Compression::kLz4;          // of the last level
  CompactionObserver* observer = &CompactionObserver::none();  // must outlive the store
};

// Options for LsmStore::open().
lsm::LsmOptions engine(const EngineOptions& options);

// By the names that command lines use: "lz4", "levelled". kInvalidArgument, naming those there
// are.
Result<Compression> parse_compression(std::string_view name);
Result<PolicyKind> parse_policy(std::string_view name);

}  // namespace strata::compaction
