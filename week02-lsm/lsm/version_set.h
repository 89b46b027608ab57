// The tables of a store on its disk, the manifest that says which they are, and the version that
// results.
//
//   DIRECTORY/manifest/   a log of edits      DIRECTORY/tables/   the tables, by number
//
// Thread-safety: none; one owner. What current() hands out may be read by many.
// Blocks: every function but current() and version().
#pragma once

#include <memory>

#include "lsm/manifest.h"
#include "lsm/memtable.h"
#include "lsm/table_set.h"

namespace strata::lsm {

struct VersionSetOptions {
  TableOptions tables;
  TableReadOptions reading;
  ManifestOptions manifest;
};

class VersionSet {
 public:
  // Makes what is not there yet of the two directories, for a store without tables.
  static Result<void> create(env::FileSystem& fs, const env::Path& directory,
                             std::uint64_t store_id);

  // Opens the manifest, and the tables that it names. Changes nothing on the disk. Errors: as
  // Manifest::open() and Table::open().
  static Result<std::unique_ptr<VersionSet>> open(env::FileSystem& fs, const env::Path& directory,
                                                  std::uint64_t store_id,
                                                  const VersionSetOptions& options);

  const Version& version() const { return manifest_->version(); }
  const std::shared_ptr<const TableSet>& current() const { return current_; }

  // Makes it ready for apply() and close(). Removes the files of tables that no edit names: what
  // a flush that did not come to its end has left.
  Result<void> resume();

  // Writes a table that no version names yet. Ensures on success: it is durable, name and all.
  Result<TableInfo> write_table(const Memtable& memtable);

  // Ensures on success: version() is what `edit` makes of it, durably, and current() has its
  // tables. The edit's next_number is filled in. A table that cannot be opened is not entered.
  Result<void> apply(VersionEdit edit);

  Result<void> close() { return manifest_->close(); }

 private:
  Result<void> remove_orphans();

  VersionSet(env::FileSystem& fs, const env::Path& directory, std::uint64_t store_id,
             const VersionSetOptions& options);

  env::FileSystem& fs_;
  const env::Path table_directory_;
  const std::uint64_t store_id_;
  const VersionSetOptions options_;
  std::unique_ptr<Manifest> manifest_;
  std::shared_ptr<const TableSet> current_;
  std::uint64_t next_number_ = 1;  // a number that was tried is not used again
};

}  // namespace strata::lsm
