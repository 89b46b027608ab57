// Appends frames to one segment file. Format: FORMAT.md.
//
// The file is extended ahead of the frames by writing zeros, a step at a time, so that a
// sync rarely has to record a new file size: on most file systems that is the difference
// between one disk write and two. Where syncs are rare, frames are then copied into the memory
// that the operating system holds the zeros in: a call for each would be most of a write's price.
//
// Thread-safety: none; one owner. Blocks: create(), sync() and seal().
// Invariant: every byte before durable_end() survives a crash.
// After a failed write or sync every later call returns that error; only opening the log
// again finds out what is on the disk. A full disk is no such failure: reserve() meets it
// before any frame is written, and may be tried again.
#pragma once

#include <memory>
#include <optional>

#include "env/file_system.h"
#include "wal/segment.h"

namespace strata::wal {

class SegmentWriter {
 public:
  // Makes a new segment in `directory`, durable on return, name and all.
  static Result<std::unique_ptr<SegmentWriter>> create(env::FileSystem& fs,
                                                       const env::Path& directory,
                                                       const SegmentHeader& header,
                                                       std::uint64_t preallocate);

  // Goes on with a segment whose frames end at `end`: what lies behind is cut off, and
  // everything before it made durable. `unvouched` are the bytes just before `end` that may
  // never have been synced; they are written again, since the operating system may hold
  // them as clean although an earlier sync of them failed.
  static Result<std::unique_ptr<SegmentWriter>> resume(env::FileSystem& fs, const env::Path& path,
                                                       const SegmentHeader& header, Position end,
                                                       ByteView unvouched,
                                                       std::uint64_t preallocate);

  // Makes sure that `bytes` more of frames fit into the file. After this ran well,
  // appending and flushing them does not run into a full disk.
  Result<void> reserve(std::uint64_t bytes);

  // Buffers `payload` as the next frame. Requires: payload.size() <= kMaxPayloadSize, and
  // its frame was reserved.
  void append(ByteView payload);

  // Hands the buffered frames to the operating system. They survive the death of the
  // process after that, and a power cut after sync().
  Result<void> flush();

  // Ensures on success: durable_end() == end().
  Result<void> sync();

  // sync(), then an empty frame, synced too, that vouches for all before it. From here on,
  // damage before end() is told from a torn tail.
  Result<void> vouch();

  // vouch(), and the space preallocated behind it is given back. No append() may follow;
  // to seal again does nothing.
  Result<void> seal();

  bool sealed() const { return sealed_; }
  Position end() const { return end_; }  // with what is buffered
  Position durable_end() const { return durable_end_; }
  const SegmentHeader& header() const { return header_; }
  std::uint64_t syncs() const { return syncs_; }

 private:
  static constexpr std::uint64_t kWriteBackStep = std::uint64_t{1} << 20;  // bytes
  // A writer that has left so many bytes behind without a sync does not sync each write.
  static constexpr std::uint64_t kRare = std::uint64_t{1} << 20;
  static constexpr std::uint64_t kWorthAWindow = std::uint64_t{64} << 10;  // bytes a step

  SegmentWriter(std::unique_ptr<env::WritableFile> file, const SegmentHeader& header, Position end,
                std::uint64_t preallocate);

  bool syncs_are_rare() const { return flushed_end_ - durable_end_ >= kRare; }
  void begin_writing_back();
  Result<void> extend_to(std::uint64_t size);
  Error poison(Error error);

  const std::unique_ptr<env::WritableFile> file_;
  const SegmentHeader header_;
  const std::uint64_t preallocate_;  // bytes a step

  Bytes buffer_;          // frames not yet handed to the file
  Position flushed_end_;  // where buffer_ begins
  Position end_;          // where buffer_ ends
  Position durable_end_;
  Position writing_back_to_;  // up to here the disk was asked to begin, unless durable
  std::uint64_t file_size_;   // as far as it is known to be written
  std::uint64_t syncs_ = 0;
  bool sealed_ = false;
  std::optional<Error> poison_;
};

}  // namespace strata::wal
