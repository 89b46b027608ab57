// Reads the records of a log in order, across its segments, and says how the log ends.
//
// Thread-safety: none; one owner. It may run beside a writer of the same log: it then
// sees what was flushed when it looked. A file that grows while it is read can look
// damaged, so damage at the end of the log is believed only at a second look. Memory: one
// segment at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "env/file_system.h"
#include "wal/segment.h"

namespace strata::wal {

struct Record {
  Position position;  // of its frame
  Position end;       // just behind it
  ByteView payload;   // valid until the reader moves
};

// One segment in memory, its header checked: right magic, version, log and name.
struct LoadedSegment {
  SegmentHeader header;
  Bytes bytes;
};
Result<LoadedSegment> load_segment(env::FileSystem& fs, const env::Path& path, Bytes reuse = {});

// The bases of the segments in a log's directory, in order.
Result<std::vector<Position>> list_segments(env::FileSystem& fs, const env::Path& directory);

class LogReader {
 public:
  // Starts at the record at `from`. Requires: `from` is where a record begins, or ends.
  // kCorruption if the log begins after it.
  static Result<LogReader> open(env::FileSystem& fs, const env::Path& directory,
                                std::uint64_t log_id, Position from);

  // The next record, or nullopt at the end of the log. kCorruption for a hole or for
  // damage; the message names file and offset. kIo if the disk could not be read. After an
  // error every later call returns it again.
  Result<std::optional<Record>> next();

  // Where the next record would begin.
  Position position() const { return at_; }
  // The header of the segment that position() lies in.
  const SegmentHeader& segment() const { return segment_.header; }
  // What follows the last record. Requires: next() has returned nullopt.
  const Tail& tail() const { return *tail_; }
  // The bytes of the last segment's frames that no later frame vouches for. Requires: as
  // tail().
  ByteView unvouched() const;
  // Bytes behind the last record that are not blank. Requires: as tail().
  std::uint64_t torn_bytes() const;

 private:
  LogReader(env::FileSystem& fs, env::Path directory, std::uint64_t log_id, Position from,
            std::vector<Position> bases)
      : fs_(&fs),
        directory_(std::move(directory)),
        log_id_(log_id),
        bases_(std::move(bases)),
        at_(from) {}

  Result<std::optional<Record>> look_twice();
  Result<std::optional<Record>> read_next();
  Result<void> load(std::size_t index);
  Result<std::optional<Record>> stop_at(FrameFault fault);
  env::Path path() const { return directory_ / segment_name(bases_[index_]); }

  env::FileSystem* fs_;
  env::Path directory_;
  std::uint64_t log_id_;
  std::vector<Position> bases_;
  std::size_t index_ = 0;  // of the segment in memory
  LoadedSegment segment_;
  Position at_;
  Position vouched_end_;  // the furthest that any frame read so far vouches for
  std::optional<Tail> tail_;
  std::optional<Position> looked_again_at_;
  std::optional<Error> error_;
};

}  // namespace strata::wal
