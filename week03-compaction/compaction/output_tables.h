// The tables that a compaction writes: one after the other, each cut where it is large enough.
//
// Thread-safety: none; one owner. Blocks: on files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compaction/key_walk.h"
#include "compaction/plan.h"
#include "lsm/version_set.h"

namespace strata::compaction {

class OutputTables {
 public:
  // Of a compaction by `plan`, which was made for `version`. All must outlive it.
  OutputTables(lsm::VersionSet& versions, const CompactionPlan& plan, const lsm::Version& version,
               const lsm::TableOptions& options)
      : versions_(versions), options_(options), cuts_(plan, version) {}
  // Removes the files again, unless finish() went well.
  ~OutputTables();
  OutputTables(const OutputTables&) = delete;
  OutputTables& operator=(const OutputTables&) = delete;

  // Requires: `key` is greater than all before.
  Result<void> add(const lsm::EntryKey& key, std::string_view value);

  // Ensures on success: the tables are durable, names and all, and the caller's. No call may
  // follow but bytes().
  Result<std::vector<lsm::TableInfo>> finish();

  std::uint64_t bytes() const;

 private:
  Result<void> finish_table();

  lsm::VersionSet& versions_;
  const lsm::TableOptions& options_;
  OutputCuts cuts_;
  std::string user_key_;                      // the last one
  std::unique_ptr<lsm::TableBuilder> table_;  // being written
  std::vector<lsm::TableInfo> finished_;
  bool kept_ = false;
};

}  // namespace strata::compaction
