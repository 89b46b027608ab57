#include "compaction/checkpoint.h"

#include <fmt/format.h>

#include "compaction/directory_tree.h"
#include "wal/segment_writer.h"

namespace strata::compaction {
namespace {

// Makes the copy in the temporary directory `to`.
class Copy {
 public:
  Copy(env::FileSystem& fs, env::Path from, env::Path to)
      : fs_(fs), from_(std::move(from)), to_(std::move(to)) {}

  Result<void> make(const lsm::LsmStore::Still& still) {
    STRATA_TRY(fs_.make_directory(to_));
    STRATA_TRY(link_tables(still.tables.version()));
    STRATA_TRY(link_log(still));
    STRATA_TRY(const wal::Position manifest_end, write_manifest(still));
    StoreIdentity identity = still.identity;
    identity.copy = still.fresh_id;
    const StoreFile store = closed_store(
        identity, {{std::string(wal::kLogDirectory), still.log.segments().back().value()},
                   {std::string(lsm::kManifestDirectory), manifest_end.value()}});
    return env::write_file_atomically(fs_, to_ / kIdentityName, as_bytes(encode_store(store)));
  }

 private:
  Result<void> link_tables(const lsm::Version& version) {
    STRATA_TRY(fs_.make_directory(to_ / lsm::kTablesDirectory));
    for (const auto& level : version.levels)
      for (const lsm::TableInfo& table : level)
        STRATA_TRY(share(lsm::kTablesDirectory, lsm::table_name(table.number)));
    return fs_.sync_directory(to_ / lsm::kTablesDirectory);
  }

  // The last segment has no record, but both stores will write to it. So the copy gets one of its
  // own.
  Result<void> link_log(const lsm::LsmStore::Still& still) {
    STRATA_TRY(fs_.make_directory(to_ / wal::kLogDirectory));
    const wal::Position end = still.log.segments().back();
    for (const wal::Position base : still.log.segments())
      if (base != end) STRATA_TRY(share(wal::kLogDirectory, wal::segment_name(base)));
    const wal::SegmentHeader last{still.identity.id, end};
    STRATA_TRY(wal::SegmentWriter::create(fs_, to_ / wal::kLogDirectory, last, 0));
    return {};
  }

  // Returns where the manifest ends.
  Result<wal::Position> write_manifest(const lsm::LsmStore::Still& still) {
    const std::uint64_t id = still.identity.id;
    STRATA_TRY(lsm::Manifest::create(fs_, to_ / lsm::kManifestDirectory, id));
    STRATA_TRY(const auto manifest, lsm::Manifest::open(fs_, to_ / lsm::kManifestDirectory, id));
    STRATA_TRY(manifest->resume());
    STRATA_TRY(manifest->append(lsm::whole(still.tables.version())));
    STRATA_TRY(manifest->close());
    return manifest->durable_end();
  }

  // Gives the copy a file that never changes: by a second name, or, where that is impossible, by
  // copying the bytes.
  Result<void> share(const env::Path& directory, const std::string& name) {
    const env::Path from = from_ / directory / name;
    const env::Path to = to_ / directory / name;
    auto linked = fs_.link(from, to);
    if (linked || linked.error().code != ErrorCode::kUnsupported) return linked;
    STRATA_TRY(env::copy_file(fs_, from, to));
    return {};
  }

  env::FileSystem& fs_;
  const env::Path from_;
  const env::Path to_;
};

Result<void> check_missing(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(const env::FileKind there, fs.kind_of(path));
  if (there == env::FileKind::kMissing) return {};
  return conflict(fmt::format("{} is there already; name a new directory", path.string()));
}

}  // namespace

Result<void> checkpoint(lsm::LsmStore& store, const env::Path& target) {
  env::FileSystem& fs = store.files();
  STRATA_TRY(const env::Path to, env::whole_path(target));
  STRATA_TRY(const bool inside, lies_within(fs, to, store.directory()));
  if (inside)
    return invalid_argument(
        fmt::format("{} lies within the store; name a directory outside", to.string()));
  STRATA_TRY(check_missing(fs, to));
  STRATA_TRY(expect_outside_stores(fs, to.parent_path()));
  STRATA_TRY(make_directories(fs, to.parent_path()));
  const env::Path temporary = temporary_beside(to, "checkpoint");
  return store.while_still([&](const lsm::LsmStore::Still& still) -> Result<void> {
    STRATA_TRY(check_missing(fs, to));  // another thread may have been first
    STRATA_TRY(remove_copy(fs, temporary));
    auto made = Copy(fs, store.directory(), temporary).make(still);
    if (made) made = put_into_place(fs, temporary, to);
    // Its links would keep tables on the disk that the store no longer needs.
    if (!made) static_cast<void>(remove_copy(fs, temporary).has_value());
    return made;
  });
}

}  // namespace strata::compaction
