// An append-only log of payloads, checksummed and split into segments. The log does not look into
// the payloads. Format: FORMAT.md.
//
//   DIR/00000000000000000000.log     the segment that begins at position 0
//   DIR/00000000000016777216.log     ... and the next, which is being written
//
// A segment is sealed before the next one is created, so only the last one can be torn.
//
// Thread-safety: none; one owner. A LogReader may read the same log at the same time.
// Blocks: create, open, sync, close, drop_before, cut_after; append when it rotates.
// Durability: everything that was appended before a sync() that returned ok survives a crash.
// Errors: after a call on the disk has failed (for example a sync), every later call fails with
// that error. If the disk is full (kUnavailable), the log stays as it was, and the call may be
// repeated.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "wal/log_observer.h"
#include "wal/log_reader.h"
#include "wal/segment_writer.h"

namespace strata::wal {

// The name of the log's directory in the directory of a store.
inline constexpr std::string_view kLogDirectory = "wal";

// The limit of LogOptions::segment_bytes. `unsynced` in a frame has 32 bits.
inline constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{1} << 30;

struct LogOptions {
  std::uint64_t segment_bytes = std::uint64_t{16} << 20;  // rotate before a segment exceeds this
  std::uint64_t preallocate = std::uint64_t{1} << 20;     // zeros are written ahead in such steps
  LogObserver* observer = &LogObserver::none();           // must outlive the log
  // durable_end() when the log was last closed, if the caller knows it: the log cannot end earlier.
  Position closed_at = {};
};

// Which part of the log the caller of open() needs.
struct LogSpan {
  Position from;         // the first record to visit; a record begins or ends here
  Position at_least_to;  // a log that ends before this has lost records
};

// What open() found.
struct LogRecovery {
  std::uint64_t records = 0;
  std::uint64_t payload_bytes = 0;
  TailState tail = TailState::kClean;
  std::uint64_t torn_bytes = 0;  // bytes that open() cut off; no frame vouched for them
};

class Log {
 public:
  // Called for each record, in order. If it returns an error, open() stops and returns that error.
  using Visitor = std::function<Result<void>(const Record&)>;

  // Creates the directory of an empty log that begins at `base`. Durable on return. A crash leaves
  // either the complete directory or none.
  static Result<void> create(env::FileSystem& fs, const env::Path& directory, std::uint64_t log_id,
                             Position base);

  // Opens a log that create() made, calls `visit` for each record of the span, cuts off a torn
  // tail, and makes everything that is left durable. Requires: `fs` outlives the log. On an error,
  // the records on the disk are unchanged. Errors: as LogReader::open() and next(); kCorruption if
  // the log ends before span.at_least_to or options.closed_at; kInvalidArgument if segment_bytes >
  // kMaxSegmentBytes.
  static Result<std::unique_ptr<Log>> open(env::FileSystem& fs, const env::Path& directory,
                                           std::uint64_t log_id, const LogOptions& options,
                                           const LogSpan& span, const Visitor& visit);

  // Reserves room for `bytes` of frames in one segment, in a new one if this one is full. After
  // success, append() and flush() of these frames do not find the disk full.
  Result<void> reserve(std::uint64_t bytes);

  // Buffers the next record; returns the position after it. `encode` appends its payload, which has
  // `size` bytes. Calls reserve() if no room was reserved. Not durable until sync() returns ok.
  // Requires: 0 < size <= kMaxPayloadSize.
  Result<Position> append(std::size_t size, const SegmentWriter::Encode& encode);
  Result<Position> append(ByteView payload);

  // After flush(), everything that was appended survives the death of the process. After sync(), it
  // survives a power cut. sync() ensures on success: durable_end() == end().
  Result<void> flush();
  Result<void> sync();

  // Seals the segment and begins a new one. Does nothing if this one is still empty.
  Result<void> rotate();

  // Removes the segments that end at or before `position`, but never the last one. Each removal is
  // durable before the next begins. After a failure the log can still be used, but it drops nothing
  // more until it is opened again.
  Result<void> drop_before(Position position);

  // Like drop_before(), but does not block: it returns the files, and the caller removes them
  // later. Requires: they are removed in this order, and each removal is durable before the next
  // begins (see remove_in_order()).
  std::vector<env::Path> detach_before(Position position);

  // Removes every record from `position` on; durable on return. Requires: begin() <= position <=
  // end(), a record begins or ends there, and LogOptions::closed_at is not behind it.
  Result<void> cut_after(Position position);

  // Syncs and seals the log. No other call may follow. A disk that is too full for the last, empty
  // frame is no error.
  Result<void> close();

  Position begin() const { return bases_.front(); }
  Position end() const { return writer_->end(); }
  Position durable_end() const { return writer_->durable_end(); }
  std::size_t segment_count() const { return bases_.size(); }
  const std::vector<Position>& segments() const { return bases_; }  // where they begin
  // True if the last segment has no record: it is empty, or has only vouchers.
  bool last_segment_blank() const { return records_end_ <= bases_.back(); }
  std::uint64_t syncs() const { return syncs_before_ + writer_->syncs(); }
  const LogRecovery& recovery() const { return recovery_; }
  void check_invariants() const;

 private:
  Log(env::FileSystem& fs, env::Path directory, std::uint64_t log_id, const LogOptions& options)
      : fs_(fs), directory_(std::move(directory)), log_id_(log_id), options_(options) {}

  env::Path path_of(Position base) const { return directory_ / segment_name(base); }
  Result<void> remove_temporaries();
  Result<void> resume_last_segment(Position end, ByteView unvouched);
  Result<void> begin_next_segment();
  Result<void> seal_segment();
  Result<void> remove_before(Position position);
  Result<void> remove_from(Position position);
  Result<void> keep_error(Result<void> outcome);

  env::FileSystem& fs_;
  const env::Path directory_;
  const std::uint64_t log_id_;
  const LogOptions options_;
  std::vector<Position> bases_;            // where the segments begin, in order; never empty
  Position reserved_end_;                  // append() has room up to here
  Position records_end_;                   // where the last record ends, or what open() skipped
  std::unique_ptr<SegmentWriter> writer_;  // writes the last segment
  std::uint64_t syncs_before_ = 0;         // by the writers of earlier segments
  std::optional<Error> drop_error_;        // of the first drop_before() that failed
  std::optional<Error> broken_;            // the first failure; the writer keeps its own
  LogRecovery recovery_;
};

// Removes files of `directory`, in order. Each removal is durable before the next begins, so a
// crash in between leaves no hole.
Result<void> remove_in_order(env::FileSystem& fs, const env::Path& directory,
                             std::span<const env::Path> files);

}  // namespace strata::wal
