// A finished table, open for reading. Format: FORMAT.md.
//
// Its index and its filter stay in memory. Its file is open only while it is needed (OpenFiles).
// Data blocks are read when they are needed, and their checksums are verified at each read. The
// block cache, if there is one, keeps them.
//
// Thread-safety: every function may be called from many threads at once.
// Blocks: open(), get() with Reach::kDisk, verify() and iterators, on the disk.
// Errors: kCorruption, naming the file and the offset; kUnsupported for a codec that this program
// does not know; kIo if the disk could not be read.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/file_system.h"
#include "lsm/block.h"
#include "lsm/open_files.h"
#include "lsm/seams.h"
#include "lsm/table_format.h"
#include "lsm/table_index.h"

namespace strata::lsm {

struct TableReadOptions {
  std::vector<std::shared_ptr<const Codec>> codecs = {};  // codecs of blocks that can be read
  std::shared_ptr<const FilterPolicy> filter = nullptr;   // null: filters are not used
  std::shared_ptr<BlockCache> cache = nullptr;            // null: none
  std::shared_ptr<OpenFiles> files = nullptr;             // null: each table keeps its file open
};

// A version of a key, copied out of a table.
struct StoredVersion {
  OperationKind kind;
  std::string value;
};

class Table {
 public:
  // Opens the file of `id` in `directory`. Errors: kCorruption if it is missing, is not `file_size`
  // bytes long, or if its footer names another store, number or mark; kUnsupported for an unknown
  // version. `fs` must outlive the table.
  static Result<std::shared_ptr<const Table>> open(env::FileSystem& fs, const env::Path& directory,
                                                   const TableId& id, std::uint64_t file_size,
                                                   const TableReadOptions& options);

  // The newest version of the key that a reader at `sequence` may see, put or deletion. Returns
  // nullopt if the table has none. Reads at most one block. With Reach::kMemory it returns
  // kUnavailable instead of reading the disk.
  Result<std::optional<StoredVersion>> get(std::string_view user_key, SequenceNumber sequence,
                                           Reach reach = Reach::kDisk) const;

  // The file is removed when the last user of the table has released it. A failure is not reported:
  // the next opening of the store removes the file.
  void remove_when_unused() const { obsolete_.store(true, std::memory_order_release); }
  ~Table();

  // Returns an iterator over all entries. Keeps `table` alive.
  static std::unique_ptr<EntryIterator> iterate(std::shared_ptr<const Table> table,
                                                Caching caching = Caching::kKeep);

  // Reads the whole table from the disk and checks everything that can be checked. Returns the
  // number of entries.
  Result<std::uint64_t> verify() const;

  const TableId& id() const { return id_; }
  const env::Path& path() const { return path_; }
  std::uint64_t file_size() const { return file_size_; }
  std::size_t memory() const { return index_.memory() + filter_.capacity(); }

 private:
  friend class TableIterator;
  Table(env::FileSystem& fs, const env::Path& path, std::uint64_t file_size, const TableId& id,
        TableReadOptions options)
      : fs_(fs),
        path_(path),
        file_(fs, path, options.files ? options.files : std::make_shared<OpenFiles>(1)),
        file_size_(file_size),
        id_(id),
        seed_(id.checksum_seed()),
        options_(std::move(options)),
        opening_(next_opening()) {}

  static std::uint64_t next_opening();
  Result<void> read_footer();
  Result<void> read_filter(const Footer& footer);
  Result<void> verify_the_rest() const;
  // Bytes of the file that a walk has already read. The longer the walk, the more it reads at a
  // time.
  struct Ahead {
    std::uint64_t offset = 0;
    std::string bytes;
    std::size_t step = 0;  // how much to read next, if the walk goes on right after it

    std::uint64_t end() const { return offset + bytes.size(); }
    // True if a read at `next` continues this walk.
    bool leads_to(std::uint64_t next) const {
      return !bytes.empty() && offset < next && next <= end();
    }
  };
  Result<void> check_handle(const BlockHandle& handle) const;
  // Returns fewer than `size` bytes at the end of the file.
  Result<std::string> read_bytes(std::uint64_t offset, std::size_t size) const;
  // Returns the stored block with its trailer, a view into `ahead`.
  Result<std::string_view> read_ahead(const BlockHandle& handle, Ahead& ahead) const;
  Result<std::string> unpack(std::uint8_t codec, std::string_view packed,
                             std::uint64_t offset) const;
  // Returns the contents, verified and decompressed. `ahead` belongs to a walk; if it is null, only
  // this block is read.
  Result<std::string> read_contents(const BlockHandle& handle, Ahead* ahead = nullptr) const;
  Result<std::shared_ptr<const Block>> read_block(const BlockHandle& handle, Reach reach,
                                                  Ahead* ahead = nullptr,
                                                  Caching caching = Caching::kKeep) const;
  Error damaged(std::uint64_t offset, std::string_view what) const;

  env::FileSystem& fs_;
  const env::Path path_;
  const CachedFile file_;
  const std::uint64_t file_size_;
  const TableId id_;
  const std::uint64_t seed_;
  const TableReadOptions options_;
  const std::uint64_t opening_;  // identifies this opening in the block cache
  // Set by open(), then constant.
  Footer footer_;
  TableIndex index_;
  std::string filter_;  // empty: there is no filter to use
  mutable std::atomic<bool> obsolete_{false};
};

}  // namespace strata::lsm
