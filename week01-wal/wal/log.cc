#include "wal/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace strata::wal {

LogObserver& LogObserver::none() {
  static LogObserver observer;
  return observer;
}

Result<void> Log::create(env::FileSystem& fs, const env::Path& directory, std::uint64_t log_id,
                         Position base) {
  env::Path temporary = directory;
  temporary += env::kTemporarySuffix;
  STRATA_TRY(const env::FileKind left_over, fs.kind_of(temporary));
  if (left_over == env::FileKind::kMissing) STRATA_TRY(fs.make_directory(temporary));
  STRATA_TRY(SegmentWriter::create(fs, temporary, {log_id, base}, 0));
  STRATA_TRY(fs.rename(temporary, directory));
  return fs.sync_directory(directory.parent_path());
}

Result<std::unique_ptr<Log>> Log::open(env::FileSystem& fs, const env::Path& directory,
                                       std::uint64_t log_id, const LogOptions& options,
                                       const LogSpan& span, const Visitor& visit) {
  if (options.segment_bytes > kMaxSegmentBytes)
    return invalid_argument(fmt::format("segments of {} bytes are too large; {} are allowed",
                                        options.segment_bytes, kMaxSegmentBytes));
  std::unique_ptr<Log> log(new Log(fs, directory, log_id, options));
  STRATA_TRY(log->bases_, list_segments(fs, directory));
  STRATA_TRY(auto reader, LogReader::open(fs, directory, log_id, span.from));
  log->records_end_ = span.from;
  for (;;) {
    STRATA_TRY(const auto record, reader.next());
    if (!record) break;
    ++log->recovery_.records;
    log->recovery_.payload_bytes += record->payload.size();
    log->records_end_ = record->end;
    STRATA_TRY(visit(*record));
  }
  STRATA_TRY(reader.check_end(span.at_least_to, "when the snapshot was made"));
  STRATA_TRY(reader.check_end(options.closed_at, "when it was closed"));
  log->recovery_.tail = reader.tail().state;
  log->recovery_.torn_bytes = reader.torn_bytes();
  STRATA_TRY(log->remove_temporaries());
  // The process that created or removed these names may have died before it synced the directory.
  STRATA_TRY(fs.sync_directory(directory));
  for (std::size_t i = 0; i + 1 < log->bases_.size(); ++i)
    options.observer->segment_found(log->bases_[i], log->bases_[i + 1]);
  STRATA_TRY(log->resume_last_segment(reader.position(), reader.unvouched()));
  return log;
}

Result<void> Log::remove_temporaries() {
  STRATA_TRY(const auto names, fs_.list(directory_));
  for (const std::string& name : names) {
    if (!name.ends_with(env::kTemporarySuffix)) continue;
    // The log makes only files. Anything else of such a name is somebody else's, and stays.
    STRATA_TRY(const env::FileKind kind, fs_.kind_of(directory_ / name));
    if (kind == env::FileKind::kFile) STRATA_TRY(fs_.remove(directory_ / name));
  }
  return {};
}

Result<void> Log::resume_last_segment(Position end, ByteView unvouched) {
  const SegmentHeader header{log_id_, bases_.back()};
  STRATA_TRY(writer_, SegmentWriter::resume(fs_, path_of(header.base), header, end, unvouched,
                                            options_.preallocate));
  options_.observer->segment_opened(header.base);
  options_.observer->synced(end);
  if (auto vouched = writer_->vouch(); !vouched) {
    // If the disk is full, the log can still be opened and read.
    if (vouched.error().code != ErrorCode::kUnavailable) return vouched;
  } else {
    options_.observer->vouched(end, writer_->end() - end);
  }
  return {};
}

Result<void> Log::flush() {
  if (broken_) return *broken_;
  STRATA_TRY(writer_->flush());
  options_.observer->flushed(writer_->end());
  return {};
}

Result<void> Log::sync() {
  if (broken_) return *broken_;
  STRATA_TRY(writer_->sync());
  options_.observer->synced(writer_->durable_end());
  return {};
}

Result<void> Log::reserve(std::uint64_t bytes) {
  if (broken_) return *broken_;
  const std::uint64_t used = writer_->end() - bases_.back();
  if (writer_->sealed() || (used > 0 && used + bytes > options_.segment_bytes))
    STRATA_TRY(rotate());
  STRATA_TRY(writer_->reserve(bytes));
  reserved_end_ = writer_->end() + bytes;
  return {};
}

Result<Position> Log::append(ByteView payload) {
  return append(payload.size(),
                [&](Bytes& out) { out.insert(out.end(), payload.begin(), payload.end()); });
}

Result<Position> Log::append(std::size_t size, const SegmentWriter::Encode& encode) {
  STRATA_ASSERT(size > 0 && size <= kMaxPayloadSize);
  // Frames that were reserved together are in the same segment.
  if (reserved_end_ < writer_->end() + frame_size(size)) STRATA_TRY(reserve(frame_size(size)));
  const Position position = writer_->end();
  const ByteView payload = writer_->append(size, encode);
  options_.observer->appended(position, writer_->end() - position, payload);
  records_end_ = writer_->end();
  return records_end_;
}

Result<void> Log::rotate() {
  if (broken_) return *broken_;
  reserved_end_ = Position();
  return keep_error(begin_next_segment());
}

Result<void> Log::drop_before(Position position) {
  // Segments that are left here after a failure only take space.
  if (drop_error_) return *drop_error_;
  auto dropped = remove_before(position);
  if (!dropped) drop_error_ = dropped.error();
  return dropped;
}

std::vector<env::Path> Log::detach_before(Position position) {
  std::vector<env::Path> files;
  while (bases_.size() > 1 && bases_[1] <= position) {
    files.push_back(path_of(bases_.front()));
    options_.observer->segment_dropped(bases_.front());
    bases_.erase(bases_.begin());
  }
  return files;
}

Result<void> remove_in_order(env::FileSystem& fs, const env::Path& directory,
                             std::span<const env::Path> files) {
  for (const env::Path& file : files) {
    STRATA_TRY(fs.remove(file));
    STRATA_TRY(fs.sync_directory(directory));
  }
  return {};
}

Result<void> Log::cut_after(Position position) {
  STRATA_ASSERT(begin() <= position && position <= end() && options_.closed_at <= position);
  STRATA_TRY(sync());
  syncs_before_ += writer_->syncs();
  reserved_end_ = Position();
  records_end_ = std::min(records_end_, position);
  auto cut = remove_from(position);
  if (!cut) broken_ = cut.error();
  // After a cut that failed half-way the log cannot continue, even if the disk has space again.
  if (broken_ && broken_->code == ErrorCode::kUnavailable) broken_->code = ErrorCode::kIo;
  return cut;
}

Result<void> Log::keep_error(Result<void> outcome) {
  if (!outcome && outcome.error().code != ErrorCode::kUnavailable) broken_ = outcome.error();
  return outcome;
}

Result<void> Log::begin_next_segment() {
  // TASK 1.5: do nothing if this segment has no frames yet. Otherwise seal it before you create the
  // next one: a reader that finds a next segment takes this as a proof that all of this one was
  // durable. The next one begins at writer_->end(); take this after sealing, which adds a frame. If
  // creating it fails, change no member: the next reserve() tries again. After success, add the old
  // writer's syncs() to syncs_before_, replace writer_, append the new base to bases_, and call
  // segment_opened() of the observer.
  if (writer_->end() == bases_.back()) return {};
  STRATA_TRY(seal_segment());
  const SegmentHeader header{log_id_, writer_->end()};
  STRATA_TRY(auto next, SegmentWriter::create(fs_, directory_, header, options_.preallocate));
  syncs_before_ += writer_->syncs();
  writer_ = std::move(next);
  bases_.push_back(header.base);
  options_.observer->segment_opened(header.base);
  return {};
  // END TASK 1.5
}

Result<void> Log::seal_segment() {
  const Position position = writer_->end();
  STRATA_TRY(writer_->seal());
  if (position < writer_->end()) options_.observer->vouched(position, writer_->end() - position);
  options_.observer->segment_sealed(bases_.back(), writer_->end());
  return {};
}

Result<void> Log::remove_before(Position position) {
  // TASK 1.5: remove the segments that end at or before `position`, but never the last one. Remove
  // them from the front, one at a time, and sync the directory after each: a crash in between must
  // not leave a hole. bases_ says which segments exist; keep it up to date, and call
  // segment_dropped() of the observer for each.
  while (bases_.size() > 1 && bases_[1] <= position) {
    STRATA_TRY(fs_.remove(path_of(bases_.front())));
    options_.observer->segment_dropped(bases_.front());
    bases_.erase(bases_.begin());
    STRATA_TRY(fs_.sync_directory(directory_));
  }
  return {};
  // END TASK 1.5
}

// Removes segments from the back, one at a time, as remove_before() does from the front.
Result<void> Log::remove_from(Position position) {
  while (bases_.size() > 1 && bases_.back() >= position) {
    STRATA_TRY(fs_.remove(path_of(bases_.back())));
    bases_.pop_back();
    STRATA_TRY(fs_.sync_directory(directory_));
  }
  return resume_last_segment(position, {});
}

Result<void> Log::close() {
  if (broken_) return *broken_;
  STRATA_TRY(sync());
  auto sealed = seal_segment();
  // Everything is durable. Only the last frame, which would vouch for it, has no room on the full
  // disk.
  if (!sealed && sealed.error().code == ErrorCode::kUnavailable) return {};
  return sealed;
}

void Log::check_invariants() const {
  STRATA_ASSERT(!bases_.empty() && std::ranges::is_sorted(bases_));
  STRATA_ASSERT(writer_->header().base == bases_.back());
  STRATA_ASSERT(bases_.back() <= writer_->durable_end());
  writer_->check_invariants();
}

}  // namespace strata::wal
