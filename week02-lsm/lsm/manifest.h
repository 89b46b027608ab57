// Stores the current version durably, as a log of edits. It uses week 1's log.
//
// When the log of edits has grown long, the manifest writes one edit that contains the whole
// version into a new segment, and drops the segments before it. A record is:
//
//   [kind: 1] 1 = an edit of the version before, 2 = the whole version; then the edit
//
// Thread-safety: none; one owner.
// Blocks: every function.
// Durability: an edit is durable when append() returns ok.
// Errors: after a failure other than a full disk, every later append() fails with that error.
#pragma once

#include <memory>
#include <optional>

#include "lsm/version.h"
#include "wal/log.h"

namespace strata::lsm {

struct ManifestRecord {
  bool whole;  // true: `edit` contains the whole version
  VersionEdit edit;
};
// Errors: kCorruption or kUnsupported for a payload that no manifest wrote, and for a piece of a
// record.
Result<ManifestRecord> decode_record(ByteView payload);
// A record that is too long for one payload is written as several: its pieces.
bool is_piece(ByteView payload);

struct ManifestOptions {
  wal::LogOptions log = {.segment_bytes = std::uint64_t{4} << 20,
                         .preallocate = std::uint64_t{64} << 10};
  // The manifest is rewritten when it has grown to four times its size after the last rewrite, and
  // to at least this.
  std::uint64_t least_bytes = std::uint64_t{256} << 10;
  // A longer record is written in pieces of this size. Requires: 0 < piece_bytes <
  // wal::kMaxPayloadSize.
  std::size_t piece_bytes = std::size_t{16} << 20;
};

class Manifest {
 public:
  // Creates the directory of a manifest with an empty version. Durable on return.
  static Result<void> create(env::FileSystem& fs, const env::Path& directory,
                             std::uint64_t store_id);

  // Reads a manifest that create() made. Changes nothing on the disk. Errors: as Log::open();
  // kCorruption or kUnsupported for edits that do not fit.
  static Result<std::unique_ptr<Manifest>> open(env::FileSystem& fs, const env::Path& directory,
                                                std::uint64_t store_id,
                                                const ManifestOptions& options = {});

  // Prepares for append() and close(), which require it: cuts off a torn tail, and drops old
  // segments that a crash left.
  Result<void> resume();

  // Applies `edit`. Ensures on success: version() is the new version, and it is durable. On an
  // error, version() is the old one; a later opening may find the old or the new one.
  // `next`: the version after `edit`, if the caller has it already.
  Result<void> append(const VersionEdit& edit, std::optional<Version> next = std::nullopt);
  // The first error after which it is not known what the disk has. nullopt if there was none.
  const std::optional<Error>& failure() const { return failure_; }

  Result<void> close() { return log_->close(); }
  wal::Position durable_end() const { return log_->durable_end(); }
  const Version& version() const { return version_; }
  std::uint64_t log_bytes() const { return log_->end() - log_->begin(); }

 private:
  Manifest(env::FileSystem& fs, env::Path directory, std::uint64_t store_id,
           const ManifestOptions& options)
      : fs_(fs), directory_(std::move(directory)), store_id_(store_id), options_(options) {}
  Result<void> enter(const VersionEdit& edit, const Version& next);
  Result<void> read();
  Result<void> write(std::uint8_t kind, const VersionEdit& edit);
  Result<void> append_record(ByteView record);
  Result<void> begin_anew(const Version& version);
  void set_limit(const Version& version);

  env::FileSystem& fs_;
  const env::Path directory_;
  const std::uint64_t store_id_;
  const ManifestOptions options_;
  std::unique_ptr<wal::Log> log_;  // null before resume()
  wal::Position begun_;            // where the last record with a whole version begins, or the log
  Version version_;
  std::optional<Error> failure_;
  std::uint64_t limit_ = 0;  // bytes from begun_ on at which the manifest is rewritten
};

}  // namespace strata::lsm
