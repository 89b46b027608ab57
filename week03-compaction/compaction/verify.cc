#include "compaction/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "wal/log_reader.h"

namespace strata::compaction {
namespace {

constexpr std::uint64_t kMaxIdentitySize = 4096;

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// A crash may leave a torn tail, and opening the store cuts it off. So a torn tail in a store that
// is open is damage: the record was complete once. The reader finds damage before the tail.
Result<void> check_end(const wal::LogReader& reader, const env::Path& directory) {
  if (reader.tail().state == wal::TailState::kClean) return {};
  const wal::SegmentHeader& segment = reader.segment();
  return corruption(fmt::format(
      "damage: {} at offset {}: a record was there, and is none any more; restore the directory "
      "from a copy",
      (directory / wal::segment_name(segment.base)).string(),
      wal::file_offset(segment, reader.position())));
}

Result<std::uint64_t> verify_log(env::FileSystem& fs, const env::Path& directory,
                                 std::uint64_t log_id, wal::Position from) {
  STRATA_TRY(auto reader, wal::LogReader::open(fs, directory, log_id, from));
  std::uint64_t records = 0;
  for (;; ++records) {
    STRATA_TRY(const auto record, reader.next());
    if (!record) break;
  }
  STRATA_TRY(check_end(reader, directory));
  return records;
}

}  // namespace

Result<StoreFile> read_store_file(env::FileSystem& fs, const env::Path& directory) {
  const env::Path path = directory / kIdentityName;
  STRATA_TRY(const Bytes text, env::read_file(fs, path, kMaxIdentitySize));
  auto store = decode_store(as_text(text));
  if (store) return store;
  return corruption(fmt::format("damage: {}: {}", path.string(), store.error().message));
}

std::string Verified::text() const {
  return fmt::format("{}, {}", counted(tables, "table"), counted(segments, "log segment"));
}

Result<Verified> verify(lsm::LsmStore& store) {
  env::FileSystem& fs = store.files();
  Verified found;
  STRATA_TRY(store.verify());
  const lsm::Version version = store.version();
  found.tables = version.table_count();
  STRATA_TRY(const StoreFile file, read_store_file(fs, store.directory()));
  STRATA_TRY(found.records,
             verify_log(fs, store.log_directory(), file.identity.id, version.log_start));
  STRATA_TRY(const auto bases, wal::list_segments(fs, store.log_directory()));
  found.segments = static_cast<std::uint64_t>(
      std::ranges::count_if(bases, [&](wal::Position base) { return base >= version.log_start; }));
  return found;
}

}  // namespace strata::compaction
