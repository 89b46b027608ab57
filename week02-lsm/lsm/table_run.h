// Writes tables one after the other, whose keys ascend over all of them. A compaction writes such a
// run, and so does a replacement of the whole store.
//
// Thread-safety: none; one owner. Blocks: on files.
#pragma once

#include <memory>
#include <vector>

#include "lsm/version_set.h"

namespace strata::lsm {

class TableRun {
 public:
  // If `options` is null, the tables are written like those of flushes. Lifetime: `versions` and
  // `options` must outlive the run.
  explicit TableRun(VersionSet& versions, const TableOptions* options = nullptr)
      : versions_(versions), options_(options) {}
  // Removes the files, unless keep() was called.
  ~TableRun();
  TableRun(const TableRun&) = delete;
  TableRun& operator=(const TableRun&) = delete;

  // Adds an entry to the table that is being written; begins one if there is none. Requires: `key`
  // is greater than all keys before it.
  Result<void> add(const EntryKey& key, std::string_view value);
  // Ends the table that is being written, if there is one.
  Result<void> end_table();
  // Ends the last table. Ensures on success: the tables and their names are durable.
  Result<void> finish();
  // From now on the files belong to somebody else.
  void keep() { kept_ = true; }

  const std::vector<TableInfo>& tables() const { return finished_; }  // that have ended
  // The size of the table that is being written; 0 if there is none.
  std::uint64_t table_size() const { return table_ ? table_->size() : 0; }
  std::uint64_t bytes() const;  // of all tables

 private:
  VersionSet& versions_;
  const TableOptions* const options_;
  std::unique_ptr<TableBuilder> table_;  // being written; null: none
  std::vector<TableInfo> finished_;
  bool kept_ = false;
};

}  // namespace strata::lsm
