#include "lsm/manifest.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::lsm {
namespace {

enum Kind : std::uint8_t { kEdit = 1, kWhole = 2 };

constexpr std::uint64_t kGrowth = 4;

// Neither log of a store passes for the other.
std::uint64_t log_id_of(std::uint64_t store_id) { return ~store_id; }

}  // namespace

Result<void> Manifest::create(env::FileSystem& fs, const env::Path& directory,
                              std::uint64_t store_id) {
  return wal::Log::create(fs, directory, log_id_of(store_id), wal::Position());
}

Result<std::unique_ptr<Manifest>> Manifest::open(env::FileSystem& fs, const env::Path& directory,
                                                 std::uint64_t store_id,
                                                 const ManifestOptions& options) {
  std::unique_ptr<Manifest> manifest(new Manifest(options));
  STRATA_TRY(const auto segments, wal::list_segments(fs, directory));
  const wal::LogSpan span{.from = segments.front(), .at_least_to = segments.front()};
  STRATA_TRY(manifest->log_,
             wal::Log::open(fs, directory, log_id_of(store_id), options.log, span,
                            [&](const wal::Record& record) -> Result<void> {
                              auto replayed = manifest->replay(record.payload);
                              if (replayed) return {};
                              return Error{replayed.error().code,
                                           fmt::format("{} at position {}: {}; restore the "
                                                       "directory from a copy",
                                                       directory.string(), record.position.value(),
                                                       replayed.error().message)};
                            }));
  manifest->anew_at_ = std::max(options.least_bytes, kGrowth * manifest->log_bytes());
  return manifest;
}

Result<ManifestRecord> decode_record(ByteView payload) {
  if (payload.empty() || (payload[0] != std::byte{kEdit} && payload[0] != std::byte{kWhole}))
    return corruption("a record of unknown kind");
  STRATA_TRY(VersionEdit edit, decode_edit(payload.subspan(1)));
  return ManifestRecord{payload[0] == std::byte{kWhole}, std::move(edit)};
}

Result<void> Manifest::replay(ByteView payload) {
  STRATA_TRY(const ManifestRecord record, decode_record(payload));
  STRATA_TRY(version_, lsm::apply(record.whole ? Version{} : version_, record.edit));
  return {};
}

Result<void> Manifest::write(std::uint8_t kind, const VersionEdit& edit) {
  Bytes record{std::byte{kind}};
  encode_edit(edit, record);
  STRATA_TRY(log_->append(record));
  return log_->sync();
}

Result<void> Manifest::append(const VersionEdit& edit) {
  STRATA_TRY(Version next, lsm::apply(version_, edit));
  if (log_bytes() >= anew_at_)
    STRATA_TRY(begin_anew(next));
  else
    STRATA_TRY(write(kEdit, edit));
  version_ = std::move(next);
  return {};
}

// A crash before the old segments are gone leaves them in front of the record that makes
// them needless, which does no harm.
Result<void> Manifest::begin_anew(const Version& version) {
  STRATA_TRY(log_->rotate());
  const wal::Position start = log_->end();
  STRATA_TRY(write(kWhole, whole(version)));
  anew_at_ = std::max(least_bytes_, kGrowth * (log_->end() - start));
  // The edit is durable; what cannot be dropped now is dropped another time.
  static_cast<void>(log_->drop_before(start).has_value());
  return {};
}

}  // namespace strata::lsm
