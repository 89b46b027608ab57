// Levelled compaction: each level is one sorted run, `multiplier` times as large as the one
// above it. A read looks at one table a level, and little space is wasted; the price is that
// every byte is written again about `multiplier` times a level.
//
// The targets are set from the last level upwards, as RocksDB does it (its option
// level_compaction_dynamic_level_bytes): the last level is as large as the data is, the one
// above may have a tenth of that, and so on until a level would be smaller than level1_bytes.
// That one is the base: level 0 is merged into it, and the levels between stay empty. So a small
// store has level 0 and the last level alone.
//
//   target(last) = bytes(last);  target(n) = target(n+1) / multiplier;  above the base: 0
//
// Bound: once pick() has nothing to say, what lies above the last level and may be outdated is
// less than bytes(last) / (multiplier - 1), plus level1_bytes in level 0. With 10 that is a
// space amplification of 1.11, where fixed targets may double the space: a last level that is
// barely begun lies under one that is full of newer versions.
#pragma once

#include <array>
#include <cstddef>

#include "compaction/policy.h"

namespace strata::compaction {

struct LevelledOptions {
  std::size_t level0_tables = 4;                          // that many are merged
  std::uint64_t level1_bytes = std::uint64_t{256} << 20;  // the base level has no more
  std::uint64_t multiplier = 10;                          // from a level to the next; at least 2
  std::uint64_t table_bytes = std::uint64_t{64} << 20;    // of an output, about
  std::uint64_t max_overlap = 10;  // tables of the level below that an output may overlap

  // A plan without inputs.
  CompactionPlan plan(std::size_t output_level) const;
};

struct LevelTargets {
  std::size_t base = lsm::kLevels - 1;              // level 0 is merged into this one
  std::array<std::uint64_t, lsm::kLevels> bytes{};  // 0 for level 0, and above the base
};

class LevelledPolicy final : public CompactionPolicy {
 public:
  explicit LevelledPolicy(const LevelledOptions& options) : options_(options) {}

  std::string_view name() const override { return "levelled"; }
  std::optional<CompactionPlan> pick(const lsm::Version& version) const override;
  // Level 0, as soon as it has more than one table.
  std::optional<CompactionPlan> pick_for_readers(const lsm::Version& version) const override;
  std::uint64_t debt(const lsm::Version& version) const override;

  LevelTargets targets(const lsm::Version& version) const;
  // How full the level is; at 1 it has to give something away. The last level never has to.
  double score(const lsm::Version& version, std::size_t level) const;

 private:
  // Level 0 into the base. All of it: a table that stays must not be older than one that goes.
  CompactionPlan merge_level0(const lsm::Version& version, std::size_t base) const;
  // The table of `level` that is cheapest to push down, and what it overlaps there; of equal ones
  // the oldest, which has the smallest number.
  CompactionPlan push_down(const lsm::Version& version, std::size_t level) const;

  const LevelledOptions options_;
};

// A compaction by hand: pushes what begins the range [from, to] in `level` down, to where it meets
// something or to the last level, and in the last level writes anew what has garbage; without `to`
// up to the last key. It takes about as much out of the level at a time as an output may overlap;
// out of level 0 all in the range, and what is older than that. nullopt if there is nothing to do
// in that level. Called for level after level from 0 on, and each time from behind the last key of
// its inputs in that level, it brings the range to the bottom and leaves nothing of what was
// deleted before, unless snapshots need it.
std::optional<CompactionPlan> plan_range(const lsm::Version& version, std::size_t level,
                                         std::string_view from, std::optional<std::string_view> to,
                                         const LevelledOptions& options);

}  // namespace strata::compaction
