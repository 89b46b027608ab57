// Reads the records of a log in order, across its segments, and says how the log ends.
//
// Thread-safety: none; one owner. It may run at the same time as a writer of the same log. It then
// sees what was flushed when it read the file. A file that grows while it is read can look damaged.
// So when the reader finds damage in the last segment, it reads that segment once more before it
// reports an error.
// Blocks: open() and next(), on the disk.
// Memory: one segment at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "env/file_system.h"
#include "wal/segment.h"

namespace strata::wal {

struct Record {
  Position position;  // of its frame
  Position end;       // the position right after it
  ByteView payload;   // valid until the reader moves
};

// One segment in memory. Its header is checked: magic, version, checksum, and that its base matches
// its name. Errors of load_segment(): kCorruption if one of these does not match; kUnsupported for
// an unknown version; kIo. `reuse` is memory to use again.
struct LoadedSegment {
  SegmentHeader header;
  Bytes bytes;  // the file, without most of the zeros at its end if they are very many
  std::uint64_t file_size = 0;
};
Result<LoadedSegment> load_segment(env::FileSystem& fs, const env::Path& path, Bytes reuse = {});

// The bases of the segments in a log's directory, in order.
Result<std::vector<Position>> list_segments(env::FileSystem& fs, const env::Path& directory);

class LogReader {
 public:
  // Starts with the record at `from`. Requires: a record begins or ends at `from`; `fs` outlives
  // the reader. Errors: kCorruption if the log begins after `from` or ends before it; as
  // load_segment().
  static Result<LogReader> open(env::FileSystem& fs, const env::Path& directory,
                                std::uint64_t log_id, Position from);

  // Returns the next record, or nullopt at the end of the log. Errors: kCorruption for a hole or
  // for damage, where the message begins with "hole" or "damage" and names the file and the offset;
  // kIo if the disk could not be read; as load_segment(). After an error, every later call returns
  // the same error.
  Result<std::optional<Record>> next();

  // Where the next record would begin.
  Position position() const { return at_; }
  // The header of the segment that position() lies in.
  const SegmentHeader& segment() const { return segment_.header; }
  // What follows the last record: a clean end or a torn tail. Requires: next() has returned
  // nullopt.
  const Tail& tail() const { return *tail_; }
  // kCorruption if the log ends before `reached`, up to which it was durable once; `when` says
  // when. Requires: as tail().
  Result<void> check_end(Position reached, std::string_view when) const;
  // The frames at the end of the last segment that no later frame vouches for. Valid while the
  // reader lives. Requires: as tail().
  ByteView unvouched() const;
  // The number of bytes from the end of the last record to the last byte that is not zero.
  // Requires: as tail().
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
  std::size_t index_ = 0;  // of the segment that is in memory
  LoadedSegment segment_;
  Position at_;
  Position vouched_end_;  // the largest durable end of all frames read so far
  std::optional<Tail> tail_;
  std::optional<Position> looked_again_at_;
  std::optional<Error> error_;
};

}  // namespace strata::wal
