// Writes the tables of a compaction, one after the other. Each ends where OutputCuts says so.
//
// All versions of a key are in one table, since the tables of a level must not overlap.
//
// Thread-safety: none; one owner. Blocks: on files.
#pragma once

#include <string>
#include <vector>

#include "compaction/key_walk.h"
#include "compaction/plan.h"
#include "lsm/table_run.h"

namespace strata::compaction {

class OutputTables {
 public:
  // For a compaction by `plan`, which was made for `version`. Lifetime: all arguments must outlive
  // this object. The files are removed with this object, unless finish() succeeded.
  OutputTables(lsm::VersionSet& versions, const CompactionPlan& plan, const lsm::Version& version,
               const lsm::TableOptions& options)
      : tables_(versions, &options), cuts_(plan, version) {}

  // Adds an entry to the table that is being written; first ends that table where OutputCuts says
  // so. Requires: `key` is greater than all keys before. Errors: those of the disk.
  Result<void> add(const lsm::EntryKey& key, std::string_view value);

  // Ensures on success: the tables and their names are durable, and the caller owns the files.
  // Afterwards only bytes() may be called.
  Result<std::vector<lsm::TableInfo>> finish();

  // The size of all tables so far.
  std::uint64_t bytes() const { return tables_.bytes(); }

 private:
  lsm::TableRun tables_;
  OutputCuts cuts_;
  std::string user_key_;  // of the last entry
};

}  // namespace strata::compaction
