// The tables of a store on its disk, the manifest that names them, and the current version.
//
//   DIRECTORY/manifest/   a log of edits      DIRECTORY/tables/   the tables, by number
//
// Thread-safety: call open() and resume() first. Afterwards every function may be called from many
// threads at once.
// Blocks: every function except current().
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "env/random.h"
#include "lsm/manifest.h"
#include "lsm/memtable.h"
#include "lsm/table_set.h"

namespace strata::lsm {

// The names of these directories.
inline constexpr std::string_view kManifestDirectory = "manifest";
inline constexpr std::string_view kTablesDirectory = "tables";

struct VersionSetOptions {
  TableOptions tables;
  TableReadOptions reading;
  ManifestOptions manifest;
  env::Entropy* entropy = &env::system_entropy();  // for the marks of tables
};

class VersionSet {
 public:
  // Creates those of the two directories that do not exist yet, for a store without tables. Durable
  // on return.
  static Result<void> create(env::FileSystem& fs, const env::Path& directory,
                             std::uint64_t store_id);

  // Opens the manifest and the tables that it names. Changes nothing on the disk. Errors: as
  // Manifest::open() and Table::open(); kCorruption if the directory holds a complete table of
  // another store.
  static Result<std::unique_ptr<VersionSet>> open(env::FileSystem& fs, const env::Path& directory,
                                                  std::uint64_t store_id,
                                                  const VersionSetOptions& options);

  // The open tables of the current version.
  std::shared_ptr<const TableSet> current() const;

  // Prepares for the functions below. Removes the files of tables that no edit names: an
  // interrupted flush left them. Files with other names stay.
  Result<void> resume();

  // Begins a new table with a new number. No version names it yet. If `options` is null, uses those
  // of flushes. Errors: if the manifest has failed, that error, because the manifest could never
  // name the table.
  Result<std::unique_ptr<TableBuilder>> new_table(const TableOptions* options = nullptr);
  // Makes the names of finished tables durable: syncs their directory.
  Result<void> sync_tables();
  // Removes the file of a table that will not become part of the version. If this fails, the next
  // opening of the store removes the file.
  void discard(std::uint64_t number);
  // Writes all entries of `memtable` to a new table. Ensures on success: the table and its name are
  // durable. On an error, removes the file if it can.
  Result<TableInfo> write_table(const Memtable& memtable);

  // Ends a flush: adds `table` to level 0, and records that the log is needed only from `log_start`
  // on and that `sequence` is the last sequence number before it. Opens the table first; a table
  // that cannot be opened is not added. Ensures on success: the change is durable, and current()
  // has the table. Returns current(). If the disk is full, the version stays as it was, and the
  // table's file is removed.
  Result<std::shared_ptr<const TableSet>> flushed(const TableInfo& table, wal::Position log_start,
                                                  SequenceNumber sequence);

  // Future versions cannot be read below `sequence` (TableSet::readable_from()). For a flush that
  // leaves out entries which only earlier readers could see.
  void readable_from(SequenceNumber sequence);

  // Ends a compaction: removes and adds tables. Ensures the same as flushed(). The files of removed
  // tables are deleted when nobody reads them any more. `readable_from`: the `oldest` that the
  // Compactor was given. A table may move: it is then removed from one level and added to another.
  // Requires: the added tables and their names are durable.
  Result<void> compacted(const std::vector<NumberAt>& removed, std::vector<TableAt> added,
                         SequenceNumber readable_from);

  // Replaces all tables by `tables`, at the last level. `log_start` and `sequence`: as for
  // flushed(); future versions cannot be read below `sequence`. Ensures the same as compacted().
  // Requires: the tables and their names are durable, and their keys do not overlap.
  Result<void> replaced(const std::vector<TableInfo>& tables, wal::Position log_start,
                        SequenceNumber sequence);

  // Free bytes of the disk; nullopt if it does not tell.
  std::optional<std::uint64_t> free_bytes() const;

  // Reads from the disk every block of the tables of current(), and the manifest, which must
  // contain the current version. An error names the first damaged file.
  Result<void> verify();

  Result<void> close();
  wal::Position manifest_end() const;  // up to where the manifest is durable
  void check_invariants() const;

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
  std::atomic<std::uint64_t> next_number_{1};  // a number is never used twice

  // Held during I/O on purpose: an edit waits until the one before it is on the disk.
  mutable std::mutex edit_mutex_;
  std::unique_ptr<Manifest> manifest_;       // guarded by edit_mutex_
  SequenceNumber readable_from_;             // guarded by edit_mutex_; of future versions, at least
  mutable std::mutex current_mutex_;         // never held during I/O; taken last
  std::shared_ptr<const TableSet> current_;  // guarded by current_mutex_
};

}  // namespace strata::lsm
