#include "lsm/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lsm/version_builder.h"
#include "wal/log_reader.h"

namespace strata::lsm {
namespace {

enum Kind : std::uint8_t { kEdit = 1, kWhole = 2, kFirstPiece = 3, kNextPiece = 4, kLastPiece = 5 };

constexpr std::uint64_t kGrowth = 4;

// The two logs of a store have different ids, so neither is accepted for the other.
std::uint64_t log_id_of(std::uint64_t store_id) { return ~store_id; }

bool is_of_kind(ByteView payload, Kind kind) {
  return !payload.empty() && payload.front() == std::byte{kind};
}

bool says_everything(ByteView payload) { return is_of_kind(payload, kWhole); }

// Puts the records together whose pieces are in the log.
class Assembler {
 public:
  struct Whole {
    wal::Position position;  // where the record, or its first piece, begins
    ByteView payload;        // valid until the next call
  };
  // Returns a record if `part` is one, or is the last piece of one. A record whose last pieces are
  // missing counts for nothing: its writer crashed, or found the disk full. Errors: kCorruption for
  // a piece without its beginning.
  Result<std::optional<Whole>> add(const wal::Record& part) {
    if (is_of_kind(part.payload, kFirstPiece)) {
      begin_ = part.position;
      pieces_.clear();
    } else if (!is_piece(part.payload)) {
      begin_.reset();
      return Whole{part.position, part.payload};
    }
    if (!begin_) return corruption("a piece of a record without its beginning");
    const ByteView piece = part.payload.subspan(1);
    pieces_.insert(pieces_.end(), piece.begin(), piece.end());
    if (!is_of_kind(part.payload, kLastPiece)) return std::nullopt;
    return Whole{*std::exchange(begin_, std::nullopt), pieces_};
  }

 private:
  std::optional<wal::Position> begin_;  // of the record whose pieces are being read
  Bytes pieces_;
};

}  // namespace

Result<void> Manifest::create(env::FileSystem& fs, const env::Path& directory,
                              std::uint64_t store_id) {
  return wal::Log::create(fs, directory, log_id_of(store_id), wal::Position());
}

Result<std::unique_ptr<Manifest>> Manifest::open(env::FileSystem& fs, const env::Path& directory,
                                                 std::uint64_t store_id,
                                                 const ManifestOptions& options) {
  std::unique_ptr<Manifest> manifest(new Manifest(fs, directory, store_id, options));
  STRATA_TRY(manifest->read());
  return manifest;
}

Result<void> Manifest::read() {
  STRATA_TRY(const auto segments, wal::list_segments(fs_, directory_));
  STRATA_TRY(auto reader,
             wal::LogReader::open(fs_, directory_, log_id_of(store_id_), segments.front()));
  begun_ = segments.front();
  // The very first edit changes an empty version. But a crash may have happened while segments were
  // dropped from the front. Then the remaining old segments begin in the middle of the edits. They
  // are ignored, because a record with the whole version follows.
  bool begun = segments.front() == wal::Position();
  Assembler assembler;
  VersionBuilder version;
  const auto replay = [&](const wal::Record& part) -> Result<void> {
    auto record = assembler.add(part);
    if (!record && !begun) return {};
    if (!record) return std::move(record).error();
    if (!*record) return {};
    begun = begun || says_everything((*record)->payload);
    if (!begun) return {};
    STRATA_TRY(const ManifestRecord decoded, decode_record((*record)->payload));
    if (decoded.whole) {
      version = VersionBuilder();
      begun_ = (*record)->position;
    }
    return version.apply(decoded.edit);
  };
  for (;;) {
    STRATA_TRY(const auto record, reader.next());
    if (!record) break;
    if (auto replayed = replay(*record); !replayed)
      return Error{
          replayed.error().code,
          fmt::format("{} at position {}: {}; restore the directory from a copy",
                      directory_.string(), record->position.value(), replayed.error().message)};
  }
  STRATA_TRY(reader.check_end(options_.log.closed_at, "when it was closed"));
  if (!begun)
    return corruption(
        fmt::format("hole: {} begins in the middle of its edits; restore the directory from a copy",
                    directory_.string()));
  version_ = version.finish();
  return {};
}

Result<void> Manifest::resume() {
  STRATA_TRY(const auto segments, wal::list_segments(fs_, directory_));
  const wal::LogSpan span{.from = segments.front(), .at_least_to = segments.front()};
  STRATA_TRY(log_, wal::Log::open(fs_, directory_, log_id_of(store_id_), options_.log, span,
                                  [](const wal::Record&) { return Result<void>(); }));
  set_limit(version_);
  // Old segments that a crash or a failure has left after the last rewrite.
  return log_->drop_before(begun_);
}

bool is_piece(ByteView payload) {
  return is_of_kind(payload, kFirstPiece) || is_of_kind(payload, kNextPiece) ||
         is_of_kind(payload, kLastPiece);
}

Result<ManifestRecord> decode_record(ByteView payload) {
  if (payload.empty() || (payload[0] != std::byte{kEdit} && payload[0] != std::byte{kWhole}))
    return corruption("a record of unknown kind");
  STRATA_TRY(VersionEdit edit, decode_edit(payload.subspan(1)));
  return ManifestRecord{says_everything(payload), std::move(edit)};
}

Result<void> Manifest::write(std::uint8_t kind, const VersionEdit& edit) {
  Bytes record{std::byte{kind}};
  encode_edit(edit, record);
  STRATA_TRY(append_record(record));
  return log_->sync();
}

// If the disk is full, nothing of the record stays.
Result<void> Manifest::append_record(ByteView record) {
  if (record.size() <= options_.piece_bytes) {
    STRATA_TRY(log_->append(record));
    return {};
  }
  const wal::Position start = log_->end();
  Kind kind = kFirstPiece;
  while (!record.empty()) {
    const ByteView rest = record.subspan(std::min(options_.piece_bytes, record.size()));
    if (rest.empty()) kind = kLastPiece;
    Bytes piece{std::byte{kind}};
    piece.insert(piece.end(), record.begin(), rest.begin());
    if (auto appended = log_->append(piece); !appended) {
      if (appended.error().code == ErrorCode::kUnavailable) STRATA_TRY(log_->cut_after(start));
      return appended.error();
    }
    record = rest;
    kind = kNextPiece;
  }
  return {};
}

Result<void> Manifest::append(const VersionEdit& edit, std::optional<Version> next) {
  if (!next) {
    STRATA_TRY(next, lsm::apply(version_, edit));
  }
  if (auto entered = enter(edit, *next); !entered) {
    if (!failure_ && entered.error().code != ErrorCode::kUnavailable) failure_ = entered.error();
    return entered;
  }
  version_ = *std::move(next);
  return {};
}

Result<void> Manifest::enter(const VersionEdit& edit, const Version& next) {
  if (log_->end() - begun_ >= limit_) return begin_anew(next);
  return write(kEdit, edit);
}

// A crash before all old segments are removed leaves some of them before the record with the whole
// version. open() ignores them.
Result<void> Manifest::begin_anew(const Version& version) {
  STRATA_TRY(log_->rotate());
  const wal::Position start = log_->end();
  STRATA_TRY(write(kWhole, whole(version)));
  begun_ = start;
  set_limit(version);
  // The version is durable. If segments cannot be dropped now, the next opening drops them.
  static_cast<void>(log_->drop_before(start).has_value());
  return {};
}

void Manifest::set_limit(const Version& version) {
  Bytes record;
  encode_edit(whole(version), record);
  limit_ = std::max<std::uint64_t>(options_.least_bytes, kGrowth * record.size());
}

}  // namespace strata::lsm
