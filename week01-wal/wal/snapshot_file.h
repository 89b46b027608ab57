// A checkpoint of the whole map in one file, so that the log before it can go.
// Format: FORMAT.md, "Snapshot".
//
//   DIR/00000000000000004096.snap    replay the log from position 4096 on top of it
//
// It is written while others write to the map, so it is fuzzy: an entry may already show
// what the log says later. That does no harm, since replaying the log from the snapshot's
// position sets every key that changed to its right value; but the log must then reach to
// where it stood when the last entry was copied. The footer records that as `log_end`.
//
// The file appears under its name whole and durable, or not at all. So nothing in it is
// ever torn: whatever does not check is damage.
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

// Thread-safety: none; one owner. Blocks: all but add().
class SnapshotWriter {
 public:
  static Result<std::unique_ptr<SnapshotWriter>> create(env::FileSystem& fs,
                                                        const env::Path& directory,
                                                        const SnapshotHeader& header);
  // What was not finished is removed.
  ~SnapshotWriter();
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  // Adds the puts of `batch`. Requires: over all calls the keys ascend.
  Result<void> add(const WriteBatch& batch);

  // Ensures on success: the snapshot is durable under its name.
  Result<void> finish(Position log_end);

 private:
  SnapshotWriter(env::FileSystem& fs, env::Path directory, const SnapshotHeader& header,
                 std::unique_ptr<env::WritableFile> file);
  Result<void> write_frame(ByteView payload);

  env::FileSystem& fs_;
  const env::Path directory_;
  const SnapshotHeader header_;
  const std::uint64_t frame_id_;  // what the frames are bound to
  const env::Path temporary_;     // its name until it is finished
  const std::unique_ptr<env::WritableFile> file_;
  bool named_ = false;
  Position end_;  // of the frames
  std::uint64_t entry_count_ = 0;
  Bytes payload_;  // kept for its memory, as is buffer_
  Bytes buffer_;
};

// Reads a snapshot from front to back. Memory: one frame at a time.
class SnapshotReader {
 public:
  // kCorruption, kUnsupported or kIo; the message names the file.
  static Result<SnapshotReader> open(env::FileSystem& fs, const env::Path& path,
                                     std::uint64_t log_id);

  // The same for a snapshot of whatever store, under whatever name: for dumps.
  static Result<SnapshotReader> open_any(env::FileSystem& fs, const env::Path& path);

  // The payload of the next frame of entries (see EntryReader), valid until the next call;
  // or nullopt behind the last, when footer() is known and has been checked.
  Result<std::optional<ByteView>> next();

  std::uint64_t file_size() const { return file_size_; }
  const SnapshotHeader& header() const { return header_; }
  const SnapshotFooter& footer() const { return footer_; }
  // Where in the file the frame that next() returned last begins.
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
