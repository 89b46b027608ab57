#include "lsm/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "wal/log_reader.h"

namespace strata::lsm {
namespace {

enum Kind : std::uint8_t { kEdit = 1, kWhole = 2 };

constexpr std::uint64_t kGrowth = 4;

// The two logs of a store have different ids, so neither is accepted for the other.
std::uint64_t log_id_of(std::uint64_t store_id) { return ~store_id; }

bool says_everything(ByteView payload) {
  return !payload.empty() && payload.front() == std::byte{kWhole};
}

}  // namespace

Result<void> Manifest::create(env::FileSystem& fs, const env::Path& directory,
                              std::uint64_t store_id) {
  return wal::Log::create(fs, directory, log_id_of(store_id), wal::Position());
}

Result<std::unique_ptr<Manifest>> Manifest::open(env::FileSystem& fs, const env::Path& directory,
                                                 std::uint64_t store_id,
                                                 const ManifestOptions& options) {
  std::unique_ptr<Manifest> manifest(new Manifest(fs, directory, store_id, options));
  STRATA_TRY(const auto segments, wal::list_segments(fs, directory));
  STRATA_TRY(auto reader,
             wal::LogReader::open(fs, directory, log_id_of(store_id), segments.front()));
  manifest->begun_ = segments.front();
  // The very first edit changes an empty version. But a crash may have happened while segments were
  // dropped from the front. Then the remaining old segments begin in the middle of the edits. They
  // are ignored, because a record with the whole version follows.
  bool begun = segments.front() == wal::Position();
  for (;;) {
    STRATA_TRY(const auto record, reader.next());
    if (!record) break;
    begun = begun || says_everything(record->payload);
    if (begun) STRATA_TRY(manifest->replay(*record));
  }
  if (begun) return manifest;
  return corruption(
      fmt::format("hole: {} begins in the middle of its edits; restore the directory from a copy",
                  directory.string()));
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

Result<ManifestRecord> decode_record(ByteView payload) {
  if (payload.empty() || (payload[0] != std::byte{kEdit} && payload[0] != std::byte{kWhole}))
    return corruption("a record of unknown kind");
  STRATA_TRY(VersionEdit edit, decode_edit(payload.subspan(1)));
  return ManifestRecord{says_everything(payload), std::move(edit)};
}

Result<void> Manifest::replay(const wal::Record& record) {
  const auto apply_record = [&]() -> Result<void> {
    STRATA_TRY(const ManifestRecord decoded, decode_record(record.payload));
    STRATA_TRY(version_, lsm::apply(decoded.whole ? Version{} : version_, decoded.edit));
    if (decoded.whole) begun_ = record.position;
    return {};
  };
  if (auto applied = apply_record(); !applied)
    return Error{
        applied.error().code,
        fmt::format("{} at position {}: {}; restore the directory from a copy", directory_.string(),
                    record.position.value(), applied.error().message)};
  return {};
}

Result<void> Manifest::write(std::uint8_t kind, const VersionEdit& edit) {
  Bytes record{std::byte{kind}};
  encode_edit(edit, record);
  if (record.size() > wal::kMaxPayloadSize)
    return unsupported(fmt::format("{}: so many tables do not fit into one record of {} bytes",
                                   directory_.string(), wal::kMaxPayloadSize));
  STRATA_TRY(log_->append(record));
  return log_->sync();
}

Result<void> Manifest::append(const VersionEdit& edit) {
  STRATA_TRY(Version next, lsm::apply(version_, edit));
  if (auto entered = enter(edit, next); !entered) {
    if (!failure_ && entered.error().code != ErrorCode::kUnavailable) failure_ = entered.error();
    return entered;
  }
  version_ = std::move(next);
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
