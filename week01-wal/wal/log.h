// A segmented, checksummed, append-only log of opaque payloads. Format: FORMAT.md.
//
//   DIR/00000000000000000000.log     the segment that begins at position 0
//   DIR/00000000000016777216.log     ... and the next, which is being written
//
// A segment is sealed before the next one is made, so only the last can be torn.
//
// Thread-safety: none; one owner, who may read through a LogReader beside it.
// Blocks: create, open, sync, close, drop_before, cut_after; append when it rotates.
// Durability: what was appended before a sync() that returned ok survives a crash.
// Errors: after a call on the disk has failed, a sync above all, every later call fails
// with that error. A full disk (kUnavailable) leaves the log as it was; try again.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "wal/log_observer.h"
#include "wal/log_reader.h"
#include "wal/segment_writer.h"

namespace strata::wal {

// A frame says in 32 bits how far back the durable part of its segment ends.
inline constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{1} << 30;

struct LogOptions {
  std::uint64_t segment_bytes = std::uint64_t{16} << 20;  // rotate before it grows beyond
  std::uint64_t preallocate = std::uint64_t{1} << 20;     // bytes a step
  LogObserver* observer = &LogObserver::none();           // must outlive the log
};

// What somebody needs of a log that is opened.
struct LogSpan {
  Position from;         // the first record to be visited; one begins or ends there
  Position at_least_to;  // a log that ends before this has lost something
};

// What open() found.
struct LogRecovery {
  std::uint64_t records = 0;
  std::uint64_t payload_bytes = 0;
  TailState tail = TailState::kClean;
  std::uint64_t torn_bytes = 0;  // cut off: they were never durable
};

class Log {
 public:
  // Called for each record, in order; an error stops the recovery and is returned.
  using Visitor = std::function<Result<void>(const Record&)>;

  // Makes the directory of an empty log that begins at `base`: there whole or not at all.
  static Result<void> create(env::FileSystem& fs, const env::Path& directory, std::uint64_t log_id,
                             Position base);

  // Opens a log that create() made, calls `visit` for each record of the span, cuts off a
  // torn tail, and makes everything that is left durable. On an error the records are as
  // they were. Errors: as LogReader::open and next(); kCorruption if it is too short.
  static Result<std::unique_ptr<Log>> open(env::FileSystem& fs, const env::Path& directory,
                                           std::uint64_t log_id, const LogOptions& options,
                                           const LogSpan& span, const Visitor& visit);

  // Finds room for `bytes` of frames, in a new segment if this one is full. After this
  // ran well, append() and flush() of them do not meet a full disk.
  Result<void> reserve(std::uint64_t bytes);

  // Buffers `payload` as the next record; returns the position behind it. Not durable
  // until sync() returns ok. Requires: 0 < payload.size() <= kMaxPayloadSize.
  Result<Position> append(ByteView payload);

  // What was appended survives the death of the process after flush(), and a power cut
  // after sync(). Ensures for sync(): durable_end() == end().
  Result<void> flush();
  Result<void> sync();

  // Seals the segment and begins a new one, unless this one is still empty.
  Result<void> rotate();

  // Removes the segments that end at or before `position`; the last one always stays.
  // After a failure the log goes on, and keeps what it has until it is opened again.
  Result<void> drop_before(Position position);

  // The same, but leaves the files to the caller, who need not wait for the disk now: they are
  // to be removed in this order, each removal durable before the next (remove_in_order()).
  std::vector<env::Path> detach_before(Position position);

  // Forgets every record from `position` on, durably. Requires: begin() <= position <=
  // end(), and a record begins or ends there.
  Result<void> cut_after(Position position);

  // Seals the log. No other call may follow.
  Result<void> close();

  Position begin() const { return bases_.front(); }
  Position end() const { return writer_->end(); }
  Position durable_end() const { return writer_->durable_end(); }
  std::size_t segment_count() const { return bases_.size(); }
  const std::vector<Position>& segments() const { return bases_; }  // where they begin
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
  std::vector<Position> bases_;            // of the segments, in order; never empty
  Position reserved_end_;                  // up to here append() finds room
  std::unique_ptr<SegmentWriter> writer_;  // of the last one
  std::uint64_t syncs_before_ = 0;         // by earlier writers
  std::optional<Error> drop_error_;        // of the first drop_before() that failed
  std::optional<Error> broken_;            // the first failure; the writer keeps its own
  LogRecovery recovery_;
};

// Removes files of `directory`, each removal durable before the next: a crash in between leaves
// no hole.
Result<void> remove_in_order(env::FileSystem& fs, const env::Path& directory,
                             std::span<const env::Path> files);

}  // namespace strata::wal
