// A snapshot holds the whole map in one file. The log before its position is then no longer needed.
// Format: FORMAT.md, "Snapshot".
//
//   DIR/00000000000000004096.snap    replay the log from position 4096 on top of it
//
// A snapshot is fuzzy: other threads write to the map while it is copied. So an entry may already
// contain a change that the log records after the snapshot's position. This does no harm, because
// replaying the log from that position gives every changed key its right value. But the log must
// then reach at least to the position that it had when the last entry was copied. The footer
// records this position as `log_end`.
//
// The file gets its name only when it is complete and durable. So it is never torn: if any check
// fails, it is damaged.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "env/file_system.h"
#include "store/write_batch.h"
#include "wal/entry.h"
#include "wal/position.h"

namespace strata::wal {

inline constexpr std::string_view kSnapshotMagic = "STRATASN";  // 8 bytes
inline constexpr std::uint32_t kSnapshotVersion = 1;
inline constexpr std::size_t kSnapshotHeaderSize = 48;

struct SnapshotHeader {
  std::uint64_t log_id = 0;
  Position position;  // replay the log from here
  Timestamp timestamp{};
};

struct SnapshotFooter {
  std::uint64_t entry_count = 0;
  Position log_end;  // the log must reach to here at least
};

std::string snapshot_name(Position position);
std::optional<Position> parse_snapshot_name(std::string_view name);

// Thread-safety: none; one owner. Blocks: every function except add().
class SnapshotWriter {
 public:
  static Result<std::unique_ptr<SnapshotWriter>> create(env::FileSystem& fs,
                                                        const env::Path& directory,
                                                        const SnapshotHeader& header);
  // Removes the temporary file if the snapshot was not finished.
  ~SnapshotWriter();
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  // Writes the puts of `batch` as one frame. Requires: `batch` has only puts, and the keys ascend
  // over all calls.
  Result<void> add(const WriteBatch& batch);

  // Ensures on success: the file is durable, and so is its name. No call may follow.
  Result<void> finish(Position log_end);

  // The file has its name, even if finish() failed afterwards.
  bool is_named() const { return named_; }

 private:
  SnapshotWriter(env::FileSystem& fs, env::Path directory, const SnapshotHeader& header,
                 std::unique_ptr<env::WritableFile> file);
  Result<void> write_frame(ByteView payload);

  env::FileSystem& fs_;
  const env::Path directory_;
  const SnapshotHeader header_;
  const std::uint64_t frame_id_;  // seed of the frames' checksums; see FORMAT.md
  const env::Path temporary_;     // the file's path until finish() renames it
  const std::unique_ptr<env::WritableFile> file_;
  bool named_ = false;
  Position end_;  // where the frames end
  std::uint64_t entry_count_ = 0;
  Bytes payload_;  // reused to save allocations, like buffer_
  Bytes buffer_;
};

// Reads a snapshot from front to back. Thread-safety: none; one owner. Blocks: open(), open_any(),
// next(). Memory: one frame at a time.
class SnapshotReader {
 public:
  // Errors: kCorruption, also if the file belongs to another store or was renamed; kUnsupported;
  // kIo. The message names the file.
  static Result<SnapshotReader> open(env::FileSystem& fs, const env::Path& path,
                                     std::uint64_t log_id);

  // Like open(), but accepts a snapshot of any store under any name. For dumps.
  static Result<SnapshotReader> open_any(env::FileSystem& fs, const env::Path& path);

  // Returns the payload of the next frame of entries (see EntryReader), valid until the next call.
  // Returns nullopt after the last one; the footer has then been checked, and footer() is known.
  // Errors: kCorruption, naming file and offset; kIo.
  Result<std::optional<ByteView>> next();

  std::uint64_t file_size() const { return file_size_; }
  const SnapshotHeader& header() const { return header_; }
  const SnapshotFooter& footer() const { return footer_; }
  // The offset in the file of the frame that next() returned last.
  std::uint64_t frame_offset() const { return frame_offset_; }

 private:
  SnapshotReader(env::Path path, std::unique_ptr<env::RandomAccessFile> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Result<void> read_header();
  Result<ByteView> read_frame();
  Result<void> read_footer();
  Error damaged(std::string_view what) const;

  env::Path path_;
  std::unique_ptr<env::RandomAccessFile> file_;
  std::uint64_t file_size_ = 0;
  SnapshotHeader header_;
  SnapshotFooter footer_;
  std::uint64_t frame_id_ = 0;
  std::uint64_t frame_offset_ = 0;
  std::uint64_t next_offset_ = kSnapshotHeaderSize;
  std::uint64_t entry_count_ = 0;
  Bytes buffer_;
};

}  // namespace strata::wal
