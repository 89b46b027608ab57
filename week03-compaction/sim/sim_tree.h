// A version and its tables in memory: what a store does to its tables, without a disk and
// without threads. A compaction is worked out first and takes effect later, so that tables may be
// flushed while it runs.
//
// Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "compaction/plan.h"
#include "sim/sim_table.h"

namespace strata::compaction {

// A compaction that has been worked out.
struct SimCompaction {
  CompactionPlan plan;
  bool move = false;
  std::vector<lsm::TableInfo> outputs;
  std::map<std::uint64_t, SimEntries> made;  // what is in them, by number; empty for a move
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
};

// What a get looks at.
struct SimLookup {
  const SimEntry* entry = nullptr;  // the newest version; null if no table has any
  std::size_t asked = 0;            // tables whose range has the key, until one knows it
};

class SimTree {
 public:
  explicit SimTree(const SimSizes& sizes) : sizes_(sizes) {}

  // Makes a table of level 0. Requires: in order, not empty, newer than all that is there.
  lsm::TableInfo flush(SimEntries entries);

  // Merges the inputs. Changes nothing but the number of the next table. Requires: the plan
  // is sound.
  SimCompaction work_out(CompactionPlan plan);
  // Requires: worked out here, and its inputs are still there.
  void finish(SimCompaction compaction);

  SimLookup get(std::uint32_t key) const;

  const lsm::Version& version() const { return version_; }
  const SimEntries& entries_of(std::uint64_t table) const { return tables_.at(table); }

  // Asserts that the levels are in order and, of each key, newer versions above older ones. Slow.
  void check_invariants() const;

 private:
  SimEntries merged(const CompactionPlan& plan) const;
  // What the merge keeps: the newest version of each key, and no tombstone that hides nothing.
  SimEntries kept(const SimEntries& entries, const CompactionPlan& plan) const;
  void write_outputs(const SimEntries& entries, SimCompaction& compaction);
  void apply(const TableChange& change);

  const SimSizes sizes_;
  lsm::Version version_;
  std::map<std::uint64_t, SimEntries> tables_;  // by number
};

}  // namespace strata::compaction
