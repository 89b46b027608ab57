// A version and its tables in memory: what a store does to its tables, without a disk and without
// threads. A compaction is computed first and takes effect later, so that tables may be flushed
// while it runs.
//
// Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "compaction/plan.h"
#include "compaction_sim/sim_table.h"

namespace strata::compaction {

// A compaction that has been computed and has not taken effect yet.
struct SimCompaction {
  CompactionPlan plan;
  bool move = false;
  std::vector<lsm::TableInfo> outputs;
  std::map<std::uint64_t, SimEntries> made;  // the outputs, by table number; empty for a move
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
};

// The result of a get.
struct SimLookup {
  const SimEntry* entry = nullptr;  // the newest version; null if no table has one
  std::size_t asked = 0;            // tables whose range holds the key, up to the one that has it
};

class SimTree {
 public:
  explicit SimTree(const SimSizes& sizes) : sizes_(sizes) {}

  // Makes a table of level 0. Requires: the entries are sorted, not empty, newer than all others.
  lsm::TableInfo flush(SimEntries entries);

  // Computes the merge of the inputs. Changes nothing but the number of the next table.
  // Requires: the plan is sound.
  SimCompaction work_out(CompactionPlan plan);
  // Requires: this tree has computed it, and its inputs still exist.
  void finish(SimCompaction compaction);

  SimLookup get(std::uint32_t key) const;

  const lsm::Version& version() const { return version_; }
  const SimEntries& entries_of(std::uint64_t table) const { return tables_.at(table); }

  // Asserts that levels are sorted, and that newer versions of a key are above older ones. Slow.
  void check_invariants() const;

 private:
  SimEntries merged(const CompactionPlan& plan) const;
  // What the merge keeps: the newest version of each key, without tombstones that hide nothing.
  SimEntries kept(const SimEntries& entries, const CompactionPlan& plan) const;
  void write_outputs(const SimEntries& entries, SimCompaction& compaction);
  void apply(const TableChange& change);

  const SimSizes sizes_;
  lsm::Version version_;
  std::map<std::uint64_t, SimEntries> tables_;  // by number
};

}  // namespace strata::compaction
