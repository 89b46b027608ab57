// Remembers the current version: a log of edits, with week 1's log underneath.
//
// When the edits have grown long, one edit that says everything is written into a new
// segment, and the segments before it are dropped. A record is one or more edits' worth:
//
//   [kind: 1] 1 = an edit of the version before, 2 = the whole version; then the edit
//
// Thread-safety: none; one owner. Blocks: every function.
// Durability: an edit is durable when append() returns ok. After a failure that is not a
// full disk every later append() fails with that error, as with the log below.
#pragma once

#include <memory>
#include <optional>

#include "lsm/version.h"
#include "wal/log.h"

namespace strata::lsm {

struct ManifestRecord {
  bool whole;  // not an edit of the version before
  VersionEdit edit;
};
// kCorruption or kUnsupported for a payload that no manifest wrote.
Result<ManifestRecord> decode_record(ByteView payload);

struct ManifestOptions {
  wal::LogOptions log = {.segment_bytes = std::uint64_t{4} << 20,
                         .preallocate = std::uint64_t{64} << 10};
  // It is written anew when it has grown to four times what it was then, and to this at least.
  std::uint64_t least_bytes = std::uint64_t{256} << 10;
};

class Manifest {
 public:
  // Makes the directory of a manifest with an empty version.
  static Result<void> create(env::FileSystem& fs, const env::Path& directory,
                             std::uint64_t store_id);

  // Reads one that create() made, and changes nothing on the disk. Errors: as Log::open(), and
  // kCorruption or kUnsupported for edits that do not fit.
  static Result<std::unique_ptr<Manifest>> open(env::FileSystem& fs, const env::Path& directory,
                                                std::uint64_t store_id,
                                                const ManifestOptions& options = {});

  // Makes it ready for append() and close(), which need it: cuts off a torn tail.
  Result<void> resume();

  // Ensures on success: version() is what `edit` makes of it, durably. On an error it is
  // the one before, and after a crash either.
  Result<void> append(const VersionEdit& edit);
  // What has gone wrong with it, so that what the disk has is not known: the first such error.
  const std::optional<Error>& failure() const { return failure_; }

  Result<void> close() { return log_->close(); }
  const Version& version() const { return version_; }
  std::uint64_t log_bytes() const { return log_->end() - log_->begin(); }

 private:
  Manifest(env::FileSystem& fs, env::Path directory, std::uint64_t store_id,
           const ManifestOptions& options)
      : fs_(fs), directory_(std::move(directory)), store_id_(store_id), options_(options) {}
  Result<void> enter(const VersionEdit& edit, const Version& next);
  Result<void> replay(const wal::Record& record);
  Result<void> write(std::uint8_t kind, const VersionEdit& edit);
  Result<void> begin_anew(const Version& version);
  void set_limit(const Version& version);

  env::FileSystem& fs_;
  const env::Path directory_;
  const std::uint64_t store_id_;
  const ManifestOptions options_;
  std::unique_ptr<wal::Log> log_;  // null before resume()
  wal::Position begun_;            // where the record begins that says everything; or the log
  Version version_;
  std::optional<Error> failure_;
  std::uint64_t limit_ = 0;  // of the bytes from begun_ on; then it is written anew
};

}  // namespace strata::lsm
