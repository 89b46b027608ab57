// The tables of a store on its disk, the manifest that says which they are, and the version that
// results.
//
//   DIRECTORY/manifest/   a log of edits      DIRECTORY/tables/   the tables, by number
//
// Thread-safety: open() and resume() come first; then every function may be called from many
// threads at once. Blocks: every function but current().
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

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
  // Manifest::open() and Table::open(); kCorruption if a whole table of another store lies there.
  static Result<std::unique_ptr<VersionSet>> open(env::FileSystem& fs, const env::Path& directory,
                                                  std::uint64_t store_id,
                                                  const VersionSetOptions& options);

  // The tables of the version that is in force.
  std::shared_ptr<const TableSet> current() const;

  // Makes it ready for what follows. Removes the files of tables that no edit names: what a
  // flush that did not come to its end has left.
  Result<void> resume();

  // A table to be written, under a number of its own. No version names it yet. `options` null:
  // those that flushes have. Fails as the manifest has, which could never name it.
  Result<std::unique_ptr<TableBuilder>> new_table(const TableOptions* options = nullptr);
  // Makes the names of finished tables durable.
  Result<void> sync_tables();
  // Removes the file of a table that will not be entered. What is left by a failure is removed
  // when the store is opened.
  void discard(std::uint64_t number);
  // Writes a table. Ensures on success: it is durable, name and all. On an error no file is left,
  // if it can be removed.
  Result<TableInfo> write_table(const Memtable& memtable);

  // What a flush leads to: one more table, and less of the log that is needed. Ensures on
  // success: it is so, durably, and current() has the table; it is returned. A table that cannot be
  // opened is not entered. If the disk is full, the version is as before and the table is gone.
  Result<std::shared_ptr<const TableSet>> flushed(const TableInfo& table, wal::Position log_start,
                                                  SequenceNumber sequence);

  // What a compaction leads to; the same holds. The files of the tables that are removed go
  // when nobody reads them any more. `readable_from`: what the Compactor was told is the oldest.
  // A table may move: be removed from one level and added to another. Requires: the tables that
  // are added are durable, name and all.
  Result<void> compacted(const std::vector<NumberAt>& removed, std::vector<TableAt> added,
                         SequenceNumber readable_from);

  // Reads every block of the tables of current() from the disk, and the manifest, which has to
  // say what is in force. An error names the first file that is damaged.
  Result<void> verify();

  Result<void> close();

 private:
  Result<void> verify_manifest();
  Result<TableInfo> fill(TableBuilder& table, const Memtable& memtable);
  Result<void> find_orphans();
  Result<void> check_that_it_is_ours(const env::Path& table) const;
  // Requires: edit_mutex_ is held.
  Result<void> apply(VersionEdit edit, SequenceNumber readable_from);
  void discard_new(const VersionEdit& edit);

  VersionSet(env::FileSystem& fs, const env::Path& directory, std::uint64_t store_id,
             const VersionSetOptions& options);

  env::FileSystem& fs_;
  const env::Path table_directory_;
  const std::uint64_t store_id_;
  const VersionSetOptions options_;
  std::vector<env::Path> orphans_;             // from open() to resume()
  std::atomic<std::uint64_t> next_number_{1};  // one that was tried is not used again

  // Held over I/O, and for that: an edit waits until the one before it is on the disk.
  std::mutex edit_mutex_;
  std::unique_ptr<Manifest> manifest_;       // guarded by edit_mutex_
  mutable std::mutex current_mutex_;         // never held over I/O; taken last
  std::shared_ptr<const TableSet> current_;  // guarded by current_mutex_
};

}  // namespace strata::lsm
