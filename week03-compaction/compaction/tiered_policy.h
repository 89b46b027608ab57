// Size-tiered compaction, which RocksDB calls universal: the store is a row of sorted runs, from
// the newest to the oldest, and neighbours of about the same size are merged. Each byte is
// written a few times only; a read looks at every run, and as much space again may be outdated.
//
// A run is a table of level 0, or all of a level below. What is merged goes just above the next
// older run, as deep as it can, and to the last level if it is the oldest.
//
// Bounds, once pick() has nothing to say: at most max_runs runs; and what is newer than the
// oldest run is less than max_newer_percent of it, so space amplification is below
// 1 + max_newer_percent / 100.
#pragma once

#include <cstddef>
#include <vector>

#include "compaction/policy.h"

namespace strata::compaction {

struct TieredOptions {
  std::size_t max_runs = 8;  // at least 2
  // A run is merged with the newer ones if it is at most this much larger than they are together.
  std::uint64_t size_ratio_percent = 1;
  std::uint64_t max_newer_percent = 200;
  std::uint64_t table_bytes = std::uint64_t{64} << 20;  // of an output, about
};

// A sorted run: a table of level 0, or a level.
struct SortedRun {
  std::size_t level;
  std::vector<lsm::TableInfo> tables;
  std::uint64_t bytes;
};
// From the newest to the oldest.
std::vector<SortedRun> runs_of(const lsm::Version& version);

class TieredPolicy final : public CompactionPolicy {
 public:
  explicit TieredPolicy(const TieredOptions& options) : options_(options) {}

  std::string_view name() const override { return "tiered"; }
  std::optional<CompactionPlan> pick(const lsm::Version& version) const override;
  std::uint64_t debt(const lsm::Version& version) const override;

 private:
  // Neighbours among the runs: from `first` on, `count` of them. Nothing to merge: count < 2.
  struct Neighbours {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  // Neighbours of about the same size, as new as possible.
  Neighbours similar(const std::vector<SortedRun>& runs) const;
  // Whether the run is at most size_ratio_percent larger than the newer ones are together.
  bool is_like(const SortedRun& run, std::uint64_t newer_bytes) const;
  bool wastes_space(const std::vector<SortedRun>& runs) const;
  CompactionPlan merge(const std::vector<SortedRun>& runs, Neighbours chosen,
                       std::string reason) const;

  const TieredOptions options_;
};

}  // namespace strata::compaction
