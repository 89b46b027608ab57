// Size-tiered compaction, which RocksDB calls universal: the store is a row of sorted runs, from
// the newest to the oldest, and neighbours of about the same size are merged. Each byte is written
// only a few times. The price: a read looks at every run, and much of the space may hold outdated
// versions.
//
// A run is one table of level 0, or all tables of a level below. The result of a merge goes into
// the level just above the next older run, as deep as possible; into the last level if the merge
// includes the oldest run. It never goes into level 0.
//
// Bounds, once pick() returns nothing: there are at most max_runs runs; and all runs but the oldest
// have together less than max_newer_percent of the bytes of the oldest. So space amplification is
// below 1 + max_newer_percent / 100.
//
// Pure functions. Thread-safety: immutable; may be used by many threads at once.
#pragma once

#include <cstddef>
#include <vector>

#include "compaction/policy.h"

namespace strata::compaction {

struct TieredOptions {
  std::size_t max_runs = 8;  // at least 2
  // A run is merged with newer runs if it is at most this much larger than all of them together.
  std::uint64_t size_ratio_percent = 1;
  std::uint64_t max_newer_percent = 200;
  std::uint64_t table_bytes = std::uint64_t{64} << 20;  // about the size of an output
};

// A sorted run: one table of level 0, or all tables of another level.
struct SortedRun {
  std::size_t level;
  std::vector<lsm::TableInfo> tables;
  std::uint64_t bytes;
};
// The runs of `version`, from the newest to the oldest.
std::vector<SortedRun> runs_of(const lsm::Version& version);

class TieredPolicy final : public CompactionPolicy {
 public:
  explicit TieredPolicy(const TieredOptions& options) : options_(options) {}

  std::string_view name() const override { return "tiered"; }
  std::optional<CompactionPlan> pick(const lsm::Version& version) const override;
  std::uint64_t debt(const lsm::Version& version) const override;

 private:
  // `count` neighbouring runs, from index `first` on. count < 2: there is nothing to merge.
  struct Neighbours {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  // The newest neighbours of about the same size.
  Neighbours similar(const std::vector<SortedRun>& runs) const;
  // Whether the run is at most size_ratio_percent larger than the newer runs together, which have
  // `newer_bytes`.
  bool is_like(const SortedRun& run, std::uint64_t newer_bytes) const;
  // Whether all runs but the oldest have together at least max_newer_percent of the oldest one's
  // bytes.
  bool wastes_space(const std::vector<SortedRun>& runs) const;
  // Merges the chosen runs, and the next older ones that are in the way or no larger than these.
  CompactionPlan merge(const std::vector<SortedRun>& runs, Neighbours chosen,
                       std::string reason) const;

  const TieredOptions options_;
};

}  // namespace strata::compaction
