// A finished table, open for reading. Format: FORMAT.md.
//
// Its index and its filter stay in memory; data blocks are read when they are needed, their
// checksums verified each time, and kept by the block cache if there is one.
//
// Thread-safety: every function may be called from many threads at once.
// Errors: kCorruption names the file and the offset; kIo if the disk could not be read.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/file_system.h"
#include "lsm/block.h"
#include "lsm/seams.h"
#include "lsm/table_format.h"
#include "lsm/table_index.h"

namespace strata::lsm {

struct TableReadOptions {
  std::vector<std::shared_ptr<const Codec>> codecs = {};  // those that blocks may be stored with
  std::shared_ptr<const FilterPolicy> filter = nullptr;   // null: filters are not looked at
  std::shared_ptr<BlockCache> cache = nullptr;            // null: none
};

// A version that was copied out of a table.
struct StoredVersion {
  OperationKind kind;
  std::string value;
};

class Table {
 public:
  // Opens the file of `id` in `directory`, which must have `file_size` bytes and say of
  // itself that it is that file of that store.
  static Result<std::shared_ptr<const Table>> open(env::FileSystem& fs, const env::Path& directory,
                                                   const TableId& id, std::uint64_t file_size,
                                                   const TableReadOptions& options);

  // The newest version of the key that a reader at `sequence` sees, or nullopt if this
  // table knows none. See Reach for when it answers kUnavailable.
  Result<std::optional<StoredVersion>> get(std::string_view user_key, SequenceNumber sequence,
                                           Reach reach = Reach::kDisk) const;

  // The file goes when the last who reads the table has let go of it. A failure is not told:
  // what is left over is removed when the store is opened.
  void remove_when_unused() const { obsolete_.store(true, std::memory_order_release); }
  ~Table();

  // Keeps `table` alive.
  static std::unique_ptr<EntryIterator> iterate(std::shared_ptr<const Table> table,
                                                Caching caching = Caching::kKeep);

  // Reads all of it, from the disk, and checks what can be checked. Returns how many entries
  // there are.
  Result<std::uint64_t> verify() const;

  const TableId& id() const { return id_; }
  const env::Path& path() const { return path_; }
  std::uint64_t file_size() const { return file_size_; }
  std::size_t memory() const { return index_.memory() + filter_.capacity(); }

 private:
  friend class TableIterator;
  Table(env::FileSystem& fs, env::Path path, std::unique_ptr<env::RandomAccessFile> file,
        std::uint64_t file_size, const TableId& id, TableReadOptions options)
      : fs_(fs),
        path_(std::move(path)),
        file_(std::move(file)),
        file_size_(file_size),
        id_(id),
        seed_(id.checksum_seed()),
        options_(std::move(options)),
        opening_(next_opening()) {}

  static std::uint64_t next_opening();
  Result<void> read_footer();
  Result<void> read_filter(const Footer& footer);
  Result<void> verify_the_rest() const;
  // Bytes of the file that a walk has read already. The further it walks, the more it
  // reads at a time.
  struct Ahead {
    std::uint64_t offset = 0;
    std::string bytes;
    std::size_t step = 0;  // what to read next, if it is right behind

    std::uint64_t end() const { return offset + bytes.size(); }
    // Whether who reads on there goes on walking.
    bool leads_to(std::uint64_t next) const {
      return !bytes.empty() && offset < next && next <= end();
    }
  };
  Result<void> check_handle(const BlockHandle& handle) const;
  // Fewer than `size` where the file ends.
  Result<std::string> read_bytes(std::uint64_t offset, std::size_t size) const;
  // The stored block with its trailer, in `ahead`.
  Result<std::string_view> read_ahead(const BlockHandle& handle, Ahead& ahead) const;
  Result<std::string> unpack(std::uint8_t codec, std::string_view packed,
                             std::uint64_t offset) const;
  // The contents, checked and unpacked. `ahead` is a walk's; null reads just the block.
  Result<std::string> read_contents(const BlockHandle& handle, Ahead* ahead = nullptr) const;
  Result<std::shared_ptr<const Block>> read_block(const BlockHandle& handle, Reach reach,
                                                  Ahead* ahead = nullptr,
                                                  Caching caching = Caching::kKeep) const;
  Error damaged(std::uint64_t offset, std::string_view what) const;

  env::FileSystem& fs_;
  const env::Path path_;
  const std::unique_ptr<env::RandomAccessFile> file_;
  const std::uint64_t file_size_;
  const TableId id_;
  const std::uint64_t seed_;
  const TableReadOptions options_;
  const std::uint64_t opening_;  // what the block cache knows it by
  // Set by open(), constant after it.
  Footer footer_;
  TableIndex index_;
  std::string filter_;  // empty: there is none to look at
  mutable std::atomic<bool> obsolete_{false};
};

}  // namespace strata::lsm
