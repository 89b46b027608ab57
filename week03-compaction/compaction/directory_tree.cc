#include "compaction/directory_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "lsm/version_set.h"
#include "store/store_directory.h"
#include "wal/log.h"

namespace strata::compaction {
namespace {

Result<void> copy_entry(env::FileSystem& fs, const env::Path& from, const env::Path& to) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(from));
  if (kind == env::FileKind::kDirectory) {
    STRATA_TRY(fs.make_directory(to));
    return copy_tree(fs, from, to);
  }
  if (kind == env::FileKind::kFile) {
    STRATA_TRY(env::copy_file(fs, from, to));
    return {};
  }
  return invalid_argument(
      fmt::format("{} is neither a file nor a directory: not of a store", from.string()));
}

// Decides by the name only, so that files that somebody else has put there are not removed.
bool is_of_a_copy(const env::Path& name) {
  static const std::set<std::string_view> kNames = {kIdentityName,
                                                    kLockName,
                                                    kBackupLock,
                                                    kUnfinishedName,
                                                    lsm::kManifestDirectory,
                                                    lsm::kTablesDirectory,
                                                    wal::kLogDirectory};
  static const std::set<std::string_view> kEndings = {".table", ".log", env::kTemporarySuffix};
  return kNames.contains(name.string()) || kEndings.contains(name.extension().string());
}

Result<void> remove_part(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(path));
  const bool known = is_of_a_copy(path.filename());
  if (known && kind == env::FileKind::kDirectory) return remove_copy(fs, path);
  if (known && kind == env::FileKind::kFile) return fs.remove(path);
  return conflict(fmt::format("{} is no part of a copy; move it away", path.string()));
}

// What is to be made lies where its nearest parent is.
Result<env::Path> nearest_place(env::FileSystem& fs, env::Path path) {
  for (;;) {
    STRATA_TRY(const env::FileKind kind, fs.kind_of(path));
    if (kind != env::FileKind::kMissing || path == path.parent_path()) return fs.real_path(path);
    path = path.parent_path();
  }
}

}  // namespace

Result<bool> lies_within(env::FileSystem& fs, const env::Path& path, const env::Path& directory) {
  STRATA_TRY(const env::FileStatus outer, fs.status_of(directory));
  STRATA_TRY(env::Path place, nearest_place(fs, path));
  for (;; place = place.parent_path()) {
    STRATA_TRY(const env::FileStatus status, fs.status_of(place));
    if (status.same_file(outer)) return true;
    if (place == place.parent_path()) return false;
  }
}

Result<void> expect_outside_stores(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(env::Path place, nearest_place(fs, path));
  for (;; place = place.parent_path()) {
    STRATA_TRY(const env::FileKind kind, fs.kind_of(place / kIdentityName));
    if (kind == env::FileKind::kFile)
      return invalid_argument(fmt::format("{} lies within the store {}; name a directory outside",
                                          path.string(), place.string()));
    if (place == place.parent_path()) return {};
  }
}

Result<env::Path> place_of(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(path));
  return kind == env::FileKind::kMissing ? Result<env::Path>(path) : fs.real_path(path);
}

env::Path temporary_beside(const env::Path& path, std::string_view what) {
  env::Path temporary = path;
  temporary += fmt::format(".strata-{}{}", what, env::kTemporarySuffix);
  return temporary;
}

Result<void> remove_copy(env::FileSystem& fs, const env::Path& directory) {
  STRATA_TRY(const env::FileKind there, fs.kind_of(directory));
  if (there == env::FileKind::kMissing) return {};
  STRATA_TRY(const auto names, fs.list(directory));
  for (const std::string& name : names)
    if (name != kBackupLock) STRATA_TRY(remove_part(fs, directory / name));
  // The lock file goes last: until then nobody else begins to make a copy here.
  if (std::ranges::find(names, kBackupLock) != names.end())
    STRATA_TRY(fs.remove(directory / kBackupLock));
  return fs.remove_directory(directory);
}

Result<void> put_into_place(env::FileSystem& fs, const env::Path& copy, const env::Path& to) {
  STRATA_TRY(fs.rename(copy, to));
  auto durable = fs.sync_directory(to.parent_path());
  if (!durable) static_cast<void>(fs.rename(to, copy).has_value());  // report the first error
  return durable;
}

Result<void> copy_tree(env::FileSystem& fs, const env::Path& from, const env::Path& to) {
  STRATA_TRY(const auto names, fs.list(from));
  for (const std::string& name : names) {
    if (name == kLockName || name == kBackupLock) continue;
    STRATA_TRY(copy_entry(fs, from / name, to / name));
  }
  return fs.sync_directory(to);
}

Result<std::uint64_t> bytes_in(env::FileSystem& fs, const env::Path& directory) {
  STRATA_TRY(const auto names, fs.list(directory));
  std::uint64_t bytes = 0;
  for (const std::string& name : names) {
    const env::Path path = directory / name;
    STRATA_TRY(const env::FileKind kind, fs.kind_of(path));
    if (kind == env::FileKind::kDirectory) {
      STRATA_TRY(const std::uint64_t within, bytes_in(fs, path));
      bytes += within;
    } else {
      STRATA_TRY(const auto file, fs.open_for_read(path));
      STRATA_TRY(const std::uint64_t size, file->size());
      bytes += size;
    }
  }
  return bytes;
}

}  // namespace strata::compaction
