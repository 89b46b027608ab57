// Levelled compaction: each level is one sorted run, `multiplier` times as large as the level above
// it. A read looks at one table in each level, and little space is wasted. The price: each byte is
// written about `multiplier` times in each level.
//
// Target sizes are computed from the last level upwards, as in RocksDB (its option
// level_compaction_dynamic_level_bytes). The last level is as large as the data, the level above
// may have a tenth of that, and so on, until a level would be smaller than level1_bytes. That level
// is the base: level 0 is merged into it. The levels between level 0 and the base stay empty. So a
// small store has only level 0 and the last level.
//
//   target(last) = bytes(last);  target(n) = target(n+1) / multiplier;  above the base: 0
//
// Bound: once pick() returns nothing, the levels above the last one, which may hide outdated
// versions, have less than bytes(last) / (multiplier - 1), plus level1_bytes in level 0. With a
// multiplier of 10 this is a space amplification of 1.11. With fixed targets it could be 2: a last
// level that is almost empty may lie under a level that is full of newer versions.
//
// Pure functions. Thread-safety: immutable; may be used by many threads at once.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "compaction/policy.h"

namespace strata::compaction {

struct LevelledOptions {
  std::size_t level0_tables = 4;                          // level 0 is merged at this number
  std::uint64_t level1_bytes = std::uint64_t{256} << 20;  // the largest target of the base
  std::uint64_t multiplier = 10;                          // from a level to the next; at least 2
  std::uint64_t table_bytes = std::uint64_t{64} << 20;    // about the size of an output
  std::uint64_t max_overlap = 10;  // an output may overlap so many times table_bytes below it

  // A plan that has these limits, and no inputs yet.
  CompactionPlan plan(std::size_t output_level) const;
};

struct LevelTargets {
  std::size_t base = lsm::kLevels - 1;              // level 0 is merged into this level
  std::array<std::uint64_t, lsm::kLevels> bytes{};  // 0 for level 0, and above the base
};

// Small tables: keys that are written in order overlap nothing, so their tables only move, and each
// flush would leave a table in the last level. So runs of neighbouring tables of a level are joined
// (pick_to_join()): at least kLeastToJoin tables, together at most half of table_bytes, none of
// them larger than the others together. So a join at least doubles the size of the table that an
// entry is in, and an entry is written again only log(table_bytes / its first table) times. Tables
// of an ordinary size are never joined. What is left: about 16 tables for each table_bytes.
inline constexpr std::size_t kLeastToJoin = 8;

class LevelledPolicy final : public CompactionPolicy {
 public:
  explicit LevelledPolicy(const LevelledOptions& options) : options_(options) {}

  std::string_view name() const override { return "levelled"; }
  std::optional<CompactionPlan> pick(const lsm::Version& version) const override;
  // Merges level 0 if it has more than one table. Otherwise pushes a table down, of whatever level,
  // that is garbage for the most part.
  std::optional<CompactionPlan> pick_for_readers(const lsm::Version& version) const override;
  // Of all runs of small tables, the one that costs the fewest bytes for each table less.
  std::optional<CompactionPlan> pick_to_join(const lsm::Version& version) const override;
  std::uint64_t debt(const lsm::Version& version) const override;

  LevelTargets targets(const lsm::Version& version) const;
  // How full the level is; from 1 on it has to give tables to a lower level. 0 for an empty level
  // and for the last level. Infinite for a level that is not empty although its target is 0.
  double score(const lsm::Version& version, std::size_t level) const;

 private:
  // A plan for the first table of which at least half is garbage; nullopt if there is none.
  std::optional<CompactionPlan> push_garbage_down(const lsm::Version& version) const;
  // Merges level 0 into the base. It takes all of level 0, since a table that stays must not be
  // older than a table that goes; or only moves the oldest table, if that overlaps nothing.
  CompactionPlan merge_level0(const lsm::Version& version, std::size_t base) const;
  // Merges one table of `level` with what it overlaps in the next level: the table that is cheapest
  // to push down; of equally cheap ones the oldest, which has the smallest number.
  CompactionPlan push_down(const lsm::Version& version, std::size_t level) const;
  // Whether these tables of `level` would become one table, and not be cut for what lies below.
  bool become_one(std::span<const lsm::TableInfo> run, const lsm::Version& version,
                  std::size_t level) const;

  const LevelledOptions options_;
};

// Returns the next plan of a compaction by hand of the range [from, to] in `level`; without `to`
// the range goes up to the last key. nullopt if there is nothing to do in that level.
//
// The plan takes the first tables of the range out of `level`, about as many bytes as an output may
// overlap. Out of level 0 it takes all tables of the range at once, and the older tables that
// overlap them. It pushes the tables down to the first level where they overlap something, or to
// the last level. In the last level it rewrites tables that have garbage, and joins neighbours that
// fit into one table, unless nearly all of the bytes are in one of them.
//
// To compact a range completely, call it for each level from 0 on, and within a level again and
// again, each time with a `from` just after the last key of the inputs before. Then the whole range
// is in the last level, and nothing is left of what was deleted, except what snapshots need.
std::optional<CompactionPlan> plan_range(const lsm::Version& version, std::size_t level,
                                         std::string_view from, std::optional<std::string_view> to,
                                         const LevelledOptions& options);

}  // namespace strata::compaction
