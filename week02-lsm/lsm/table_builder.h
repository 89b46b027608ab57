// Writes one table: sorted entries in blocks, and an index of the blocks. Format: FORMAT.md.
//
// Thread-safety: none; one owner.
// Blocks: create(), add() and finish(), on the file.
// Durability: nothing is durable, and the file is not a complete table, before finish() returns ok.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/file_system.h"
#include "lsm/block_builder.h"
#include "lsm/entry_key.h"
#include "lsm/seams.h"
#include "lsm/table_format.h"

namespace strata::lsm {

struct TableOptions {
  std::size_t block_size = std::size_t{4} << 10;  // of a data block's contents, approximately
  std::size_t restart_interval = 16;
  std::shared_ptr<const Codec> codec = nullptr;          // null: blocks are stored as they are
  std::shared_ptr<const FilterPolicy> filter = nullptr;  // null: no filter is written
};

// What a store records about a table.
struct TableInfo {
  std::uint64_t number = 0;
  std::uint64_t mark = 0;  // see TableId
  std::uint64_t file_size = 0;
  std::uint64_t entries = 0;
  std::uint64_t garbage = 0;  // entries that are deletions or come after a newer version
  std::string smallest;       // the first entry key and the last, as bytes
  std::string largest;

  bool operator==(const TableInfo&) const = default;
};

class TableBuilder {
 public:
  // Creates the file of `id` in `directory`.
  static Result<std::unique_ptr<TableBuilder>> create(env::FileSystem& fs,
                                                      const env::Path& directory, const TableId& id,
                                                      const TableOptions& options);

  // Adds an entry. Requires: `key` is greater than all that were added before.
  Result<void> add(const EntryKey& key, std::string_view value);

  // Ensures on success: the file's bytes are durable. Its name becomes durable when the caller
  // syncs the directory. Requires: at least one entry was added. No call may follow.
  Result<TableInfo> finish();

  const TableId& id() const { return id_; }
  std::uint64_t entries() const { return info_.entries; }
  // About how large the file would be if it were finished now.
  std::uint64_t size() const { return file_end() + data_.size(); }

 private:
  TableBuilder(std::unique_ptr<env::WritableFile> file, const TableId& id,
               const TableOptions& options);

  Result<void> finish_data_block();
  Result<BlockHandle> write_block(std::string_view contents);
  Result<void> write_out();
  std::string properties() const;
  std::uint64_t file_end() const { return written_ + out_.size(); }

  const std::unique_ptr<env::WritableFile> file_;
  const TableId id_;
  const std::uint64_t seed_;
  const TableOptions options_;
  BlockBuilder data_;
  BlockBuilder index_;
  std::vector<std::uint64_t> key_hashes_;  // hashes of the user keys, if there is a filter
  std::string key_;                        // the last entry key, as bytes
  TableInfo info_;
  std::string out_;            // bytes not yet written to the file
  std::uint64_t written_ = 0;  // bytes written before those in out_
};

}  // namespace strata::lsm
