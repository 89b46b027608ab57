#include "wal/segment_writer.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace strata::wal {

SegmentWriter::SegmentWriter(std::unique_ptr<env::WritableFile> file, const SegmentHeader& header,
                             Position end, std::uint64_t preallocate)
    : file_(std::move(file)),
      header_(header),
      preallocate_(preallocate),
      flushed_end_(end),
      end_(end),
      durable_end_(end),
      file_size_(file_offset(header, end)) {}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::create(env::FileSystem& fs,
                                                             const env::Path& directory,
                                                             const SegmentHeader& header,
                                                             std::uint64_t preallocate) {
  // TASK 1.3: after a crash, a segment must be complete or not exist under its name. Write the
  // header to a temporary file (the segment's name plus env::kTemporarySuffix) and sync it. Then
  // rename the file to its name, and sync the directory. An earlier crash may have left such a
  // temporary file: remove it first.
  const env::Path path = directory / segment_name(header.base);
  env::Path temporary = path;
  temporary += env::kTemporarySuffix;
  STRATA_TRY(const env::FileKind left_over, fs.kind_of(temporary));
  if (left_over == env::FileKind::kFile) STRATA_TRY(fs.remove(temporary));
  STRATA_TRY(auto file, fs.create(temporary));
  STRATA_TRY(file->write_at(0, encode_segment_header(header)));
  STRATA_TRY(file->sync());
  STRATA_TRY(fs.rename(temporary, path));
  STRATA_TRY(fs.sync_directory(directory));
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), header, header.base, preallocate));
  // END TASK 1.3
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::resume(env::FileSystem& fs,
                                                             const env::Path& path,
                                                             const SegmentHeader& header,
                                                             Position end, ByteView unvouched,
                                                             std::uint64_t preallocate) {
  STRATA_TRY(env::make_sole(fs, path));
  STRATA_TRY(auto file, fs.open_for_write(path));
  // The tail is cut off, not just overwritten. Otherwise an old frame of the tail could follow the
  // new ones, and would be read as a record, because its position is still right.
  STRATA_TRY(file->truncate(file_offset(header, end)));
  STRATA_TRY(file->write_at(file_offset(header, end) - unvouched.size(), unvouched));
  STRATA_TRY(file->sync());
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), header, end, preallocate));
}

Result<void> SegmentWriter::reserve(std::uint64_t bytes) {
  if (poison_) return *poison_;
  const std::uint64_t needed = file_offset(header_, end_) + bytes;
  if (needed <= file_size_) return {};
  const std::uint64_t begin = file_size_;
  const std::uint64_t whole_step = std::max(needed, begin + preallocate_);
  STRATA_TRY(extend_to(needed));
  // The rest of the step is only for speed. If the disk has no room for it, go on without it.
  auto ahead = extend_to(whole_step);
  if (!ahead && ahead.error().code != ErrorCode::kUnavailable) return ahead;
  if (ahead && preallocate_ >= kWorthAWindow && syncs_are_rare())
    file_->expect_small_writes(begin, file_size_);
  return {};
}

Result<void> SegmentWriter::extend_to(std::uint64_t size) {
  static const Bytes kZeros(std::size_t{64} << 10);
  while (file_size_ < size) {
    const std::size_t step = std::min<std::uint64_t>(kZeros.size(), size - file_size_);
    if (auto written = file_->write_at(file_size_, ByteView(kZeros).first(step)); !written) {
      if (written.error().code == ErrorCode::kUnavailable) return written;
      return poison(std::move(written).error());
    }
    file_size_ += step;
  }
  return {};
}

// Allocates first, so that memory cannot run out in the middle of a frame.
ByteView SegmentWriter::append(std::size_t size, const Encode& encode) {
  STRATA_ASSERT(!sealed_ && file_offset(header_, end_) + frame_size(size) <= file_size_);
  const std::size_t start = buffer_.size();
  const std::size_t needed = start + frame_size(size);
  if (needed > buffer_.capacity()) buffer_.reserve(std::max(needed, 2 * buffer_.capacity()));
  add_frame(encode);
  STRATA_ASSERT(buffer_.size() == needed);
  return ByteView(buffer_).subspan(start + kFrameHeaderSize, size);
}

void SegmentWriter::add_frame(const Encode& encode) {
  // TASK 1.3: append a frame to buffer_ that will be at end_ and vouches for durable_end_: make
  // room for its header, have encode() append the payload, and finish_frame(). Then move end_ past
  // it.
  const std::size_t start = buffer_.size();
  buffer_.resize(start + kFrameHeaderSize);
  encode(buffer_);
  finish_frame(header_.log_id, end_, durable_end_, start, buffer_);
  end_ = flushed_end_ + buffer_.size();
  // END TASK 1.3
}

Result<void> SegmentWriter::flush() {
  // TASK 1.3: write buffer_ with one write_at(), at the file offset of flushed_end_, then empty it
  // and move flushed_end_. Do nothing if it is empty. A failed write may have written a part of the
  // buffer, so nothing may be written after it: return its error through poison(), and if poison_
  // is set, return that error at once. At the end, call begin_writing_back().
  if (poison_) return *poison_;
  if (buffer_.empty()) return {};
  if (auto written = file_->write_at(file_offset(header_, flushed_end_), buffer_); !written)
    return poison(std::move(written).error());
  flushed_end_ = end_;
  buffer_.clear();
  begin_writing_back();
  return {};
  // END TASK 1.3
}

// If syncs are rare, the writer asks the disk early to write. Otherwise the thread that seals the
// segment would have to wait for all of it at once.
void SegmentWriter::begin_writing_back() {
  const Position begin = std::max(writing_back_to_, durable_end_);
  if (flushed_end_ < begin + kWriteBackStep) return;
  file_->begin_writing_back(file_offset(header_, begin), file_offset(header_, flushed_end_));
  writing_back_to_ = flushed_end_;
}

Result<void> SegmentWriter::sync() {
  // TASK 1.3: flush() first. If everything is durable already, do not sync. Move durable_end_ only
  // after the file's sync() has succeeded, and count it in syncs_. Never repeat a sync that failed:
  // a second one may succeed although the bytes are not on the disk. Return its error through
  // poison(), so that every later call fails with it.
  STRATA_TRY(flush());
  if (durable_end_ == end_) return {};
  if (auto synced = file_->sync(); !synced) return poison(std::move(synced).error());
  ++syncs_;
  durable_end_ = end_;
  return {};
  // END TASK 1.3
}

Result<void> SegmentWriter::vouch() {
  STRATA_TRY(sync());
  STRATA_TRY(reserve(frame_size(0)));
  append(ByteView());
  return sync();
}

Result<void> SegmentWriter::seal() {
  if (sealed_) return {};
  STRATA_TRY(sync());
  STRATA_TRY(reserve(frame_size(0)));
  append(ByteView());
  STRATA_TRY(flush());
  file_size_ = file_offset(header_, end_);
  if (auto cut = file_->truncate(file_size_); !cut) return poison(std::move(cut).error());
  STRATA_TRY(sync());
  sealed_ = true;
  return {};
}

Error SegmentWriter::poison(Error error) {
  // At this point a full disk is a failure like any other: trying again will not help.
  if (error.code == ErrorCode::kUnavailable) error.code = ErrorCode::kIo;
  poison_ = std::move(error);
  return *poison_;
}

void SegmentWriter::check_invariants() const {
  STRATA_ASSERT(durable_end_ <= flushed_end_ && flushed_end_ <= end_);
  STRATA_ASSERT(end_ - flushed_end_ == buffer_.size());
  STRATA_ASSERT(file_offset(header_, flushed_end_) <= file_size_);
  STRATA_ASSERT(!sealed_ || buffer_.empty());
}

}  // namespace strata::wal
