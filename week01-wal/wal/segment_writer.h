// Appends frames to one segment file. Format: FORMAT.md.
//
// The writer extends the file ahead of the frames: it writes zeros, one step at a time. So a sync
// rarely has to record a new file size. On most file systems it then needs one disk write instead
// of two. If syncs are rare, frames are copied directly into the memory in which the operating
// system holds these zeros, because a system call for each frame would be most of the cost of a
// write.
//
// Thread-safety: none; one owner.
// Blocks: create(), resume(), sync(), vouch() and seal(), until the disk has the bytes.
// Invariant: every byte before durable_end() survives a crash.
// Errors: after a failed write or sync, every later reserve(), flush(), sync(), vouch() and seal()
// returns that error. Only opening the log again shows what is on the disk. A full disk is
// different: reserve() notices it before any frame is written, returns kUnavailable, and may be
// repeated.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "env/file_system.h"
#include "wal/segment.h"

namespace strata::wal {

class SegmentWriter {
 public:
  // Creates a new segment in `directory`. Its header and its name are durable on return. After a
  // crash, the segment is complete or does not exist under its name. A temporary file that an
  // earlier crash left behind, with the segment's name plus env::kTemporarySuffix, is removed
  // first.
  static Result<std::unique_ptr<SegmentWriter>> create(env::FileSystem& fs,
                                                       const env::Path& directory,
                                                       const SegmentHeader& header,
                                                       std::uint64_t preallocate);

  // Continues a segment whose frames end at `end`: cuts off the bytes after `end` and makes
  // everything before it durable. If the file has other names (hard links), it is first replaced by
  // a copy of its own. `unvouched` are the bytes right before `end` that may never have
  // been synced. They are written again: if an earlier sync of them failed, the operating system
  // may treat them as clean although they are not on the disk.
  static Result<std::unique_ptr<SegmentWriter>> resume(env::FileSystem& fs, const env::Path& path,
                                                       const SegmentHeader& header, Position end,
                                                       ByteView unvouched,
                                                       std::uint64_t preallocate);

  // Extends the file so that `bytes` more of frames fit. After success, append() and flush() of
  // these frames do not find the disk full.
  Result<void> reserve(std::uint64_t bytes);

  // Buffers the next frame; the frame vouches for durable_end(). Writes nothing to the file.
  // `encode` appends the payload, which has `size` bytes, to the buffer. Returns the payload, valid
  // until the next call. Requires: size <= kMaxPayloadSize; the frame's size was reserved; the
  // segment is not sealed.
  using Encode = std::function<void(Bytes& out)>;
  ByteView append(std::size_t size, const Encode& encode);
  ByteView append(ByteView payload) {
    return append(payload.size(),
                  [payload](Bytes& out) { out.insert(out.end(), payload.begin(), payload.end()); });
  }

  // Hands all buffered frames to the operating system in one write. After that they survive the
  // death of the process, but not yet a power cut.
  Result<void> flush();

  // Makes all frames durable: flush(), then one sync of the file. Does not sync if everything is
  // durable already. Ensures on success: durable_end() == end().
  Result<void> sync();

  // Syncs, then writes an empty frame that vouches for everything before it, and syncs this frame
  // too. From then on, damage before that frame is never taken for a torn tail.
  Result<void> vouch();

  // Does the same as vouch(), and cuts off the zeros that were written ahead. No append() may
  // follow. A second seal() does nothing.
  Result<void> seal();

  bool sealed() const { return sealed_; }
  Position end() const { return end_; }  // includes buffered frames
  Position durable_end() const { return durable_end_; }
  const SegmentHeader& header() const { return header_; }
  std::uint64_t syncs() const { return syncs_; }
  // What is durable was flushed, and what was not flushed is in the buffer.
  void check_invariants() const;

 private:
  static constexpr std::uint64_t kWriteBackStep = std::uint64_t{1} << 20;  // bytes
  // With so many bytes flushed but not synced, syncs count as rare.
  static constexpr std::uint64_t kRare = std::uint64_t{1} << 20;
  static constexpr std::uint64_t kWorthAWindow = std::uint64_t{64} << 10;  // bytes per step

  SegmentWriter(std::unique_ptr<env::WritableFile> file, const SegmentHeader& header, Position end,
                std::uint64_t preallocate);

  void add_frame(const Encode& encode);
  bool syncs_are_rare() const { return flushed_end_ - durable_end_ >= kRare; }
  void begin_writing_back();
  Result<void> extend_to(std::uint64_t size);
  Error poison(Error error);

  const std::unique_ptr<env::WritableFile> file_;
  const SegmentHeader header_;
  const std::uint64_t preallocate_;  // bytes per step

  Bytes buffer_;          // frames not yet handed to the file
  Position flushed_end_;  // where buffer_ begins
  Position end_;          // where buffer_ ends
  Position durable_end_;
  Position writing_back_to_;  // the disk was asked to write the bytes before this
  std::uint64_t file_size_;   // as far as the file is known to be written
  std::uint64_t syncs_ = 0;
  bool sealed_ = false;
  std::optional<Error> poison_;
};

}  // namespace strata::wal
