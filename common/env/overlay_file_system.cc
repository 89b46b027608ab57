#include "env/overlay_file_system.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::env {
namespace {

constexpr std::uint64_t kFileLimit = std::uint64_t{2} << 30;  // bytes of a file held in memory

Error read_only(std::string_view call, const Path& path) {
  return unsupported(fmt::format("{} {}: it is on a disk that is only read", call, path.string()));
}

class NoLock final : public FileLock {};

}  // namespace

Result<std::unique_ptr<OverlayFileSystem>> OverlayFileSystem::open(FileSystem& base,
                                                                   const Path& directory) {
  STRATA_TRY(const Path path, whole_path(directory));
  STRATA_TRY(const FileKind kind, base.kind_of(path));
  if (kind != FileKind::kDirectory)
    return not_found(fmt::format("{}: no such directory", path.string()));
  STRATA_TRY(auto held, base.hold(path));
  return std::unique_ptr<OverlayFileSystem>(new OverlayFileSystem(std::move(held), path));
}

bool OverlayFileSystem::covers(const Path& path) const {
  return std::ranges::mismatch(directory_, path).in1 == directory_.end();
}

// --- What is seen --------------------------------------------------------------------

// What was written comes first, then what was removed, then the other file system.
Result<FileStatus> OverlayFileSystem::seen(const Path& path) {
  STRATA_TRY(const FileStatus written, memory_.status_of(path));
  if (written.kind != FileKind::kMissing) return written;
  if (removed_.contains(path)) return FileStatus{};
  STRATA_TRY(FileStatus found, held_->status_of(path));
  found.names = std::min<std::uint64_t>(found.names, 1);  // a change here reaches no other name
  return found;
}

Result<FileStatus> OverlayFileSystem::status_of(const Path& path) {
  if (!covers(path)) return base().status_of(path);
  const std::lock_guard lock(mutex_);
  return seen(path);
}

Result<std::unique_ptr<RandomAccessFile>> OverlayFileSystem::open_for_read(const Path& path) {
  if (!covers(path)) return base().open_for_read(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(const FileKind written, memory_.kind_of(path));
  const bool shown = written == FileKind::kMissing && !removed_.contains(path);
  return shown ? held_->open_for_read(path) : memory_.open_for_read(path);
}

Result<Path> OverlayFileSystem::real_path(const Path& path) {
  if (!covers(path)) return base().real_path(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(const FileKind written, memory_.kind_of(path));
  if (written != FileKind::kMissing) return path;
  if (!removed_.contains(path)) return held_->real_path(path);
  return not_found(fmt::format("realpath {}: no such file", path.string()));
}

Result<std::vector<std::string>> OverlayFileSystem::list(const Path& directory) {
  if (!covers(directory)) return base().list(directory);
  const std::lock_guard lock(mutex_);
  return names_in(directory);
}

Result<std::vector<std::string>> OverlayFileSystem::names_in(const Path& directory) {
  std::set<std::string> names;
  STRATA_TRY(const FileKind below, held_->kind_of(directory));
  if (below == FileKind::kDirectory) {
    STRATA_TRY(const auto listed, held_->list(directory));
    for (const std::string& name : listed)
      if (!removed_.contains(directory / name)) names.insert(name);
  }
  STRATA_TRY(const FileKind above, memory_.kind_of(directory));
  if (below != FileKind::kDirectory || above == FileKind::kDirectory) {
    STRATA_TRY(const auto written, memory_.list(directory));
    names.insert(written.begin(), written.end());
  }
  return std::vector<std::string>(names.begin(), names.end());
}

// --- Changes, in memory --------------------------------------------------------------

Result<void> OverlayFileSystem::expect_missing(std::string_view call, const Path& path) {
  STRATA_TRY(const FileStatus there, seen(path));
  if (there.kind != FileKind::kMissing)
    return conflict(fmt::format("{} {}: it exists", call, path.string()));
  STRATA_TRY(const FileStatus parent, seen(path.parent_path()));
  if (parent.kind == FileKind::kDirectory) return {};
  return not_found(fmt::format("{} {}: no such directory", call, path.string()));
}

Result<void> OverlayFileSystem::make_parents(const Path& path) {
  const Path parent = path.parent_path();
  STRATA_TRY(const FileKind kind, memory_.kind_of(parent));
  if (kind == FileKind::kDirectory) return {};
  STRATA_TRY(make_parents(parent));
  return memory_.make_directory(parent);
}

// Copies the file into memory, unless it is there.
Result<void> OverlayFileSystem::bring_up(const Path& path) {
  STRATA_TRY(const FileKind written, memory_.kind_of(path));
  if (written != FileKind::kMissing) return {};
  if (removed_.contains(path)) return not_found(fmt::format("{}: no such file", path.string()));
  STRATA_TRY(const Bytes bytes, read_file(*held_, path, kFileLimit));
  STRATA_TRY(make_parents(path));
  STRATA_TRY(const auto copy, memory_.create(path));
  return copy->write_at(0, bytes);
}

Result<std::unique_ptr<WritableFile>> OverlayFileSystem::create(const Path& path) {
  if (!covers(path)) return base().create(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(expect_missing("create", path));
  STRATA_TRY(make_parents(path));
  return memory_.create(path);
}

Result<std::unique_ptr<WritableFile>> OverlayFileSystem::open_for_write(const Path& path) {
  if (!covers(path)) return base().open_for_write(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(bring_up(path));
  return memory_.open_for_write(path);
}

Result<void> OverlayFileSystem::rename(const Path& from, const Path& to) {
  if (!covers(from) && !covers(to)) return base().rename(from, to);
  if (!covers(from) || !covers(to)) return read_only("rename", from);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(const FileStatus what, seen(from));
  STRATA_TRY(const FileKind below, held_->kind_of(from));
  const bool only_in_memory = below == FileKind::kMissing || removed_.contains(from);
  if (what.kind == FileKind::kDirectory && !only_in_memory) return read_only("rename", from);
  if (what.kind != FileKind::kDirectory) STRATA_TRY(bring_up(from));
  STRATA_TRY(make_parents(to));
  STRATA_TRY(memory_.rename(from, to));
  removed_.insert(from);
  return {};
}

Result<void> OverlayFileSystem::link(const Path& from, const Path& to) {
  if (!covers(from) && !covers(to)) return base().link(from, to);
  return read_only("link", from);
}

Result<void> OverlayFileSystem::remove(const Path& path) {
  if (!covers(path)) return base().remove(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(const FileStatus there, seen(path));
  STRATA_TRY(const FileKind written, memory_.kind_of(path));
  const bool only_shown = written == FileKind::kMissing && there.kind == FileKind::kFile;
  if (!only_shown) STRATA_TRY(memory_.remove(path));
  removed_.insert(path);
  return {};
}

Result<void> OverlayFileSystem::make_directory(const Path& path) {
  if (!covers(path)) return base().make_directory(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(expect_missing("mkdir", path));
  STRATA_TRY(make_parents(path));
  return memory_.make_directory(path);
}

Result<void> OverlayFileSystem::remove_directory(const Path& path) {
  if (!covers(path)) return base().remove_directory(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(const auto names, names_in(path));
  if (!names.empty()) return io_error(fmt::format("rmdir {}: it is not empty", path.string()));
  STRATA_TRY(const FileKind written, memory_.kind_of(path));
  if (written == FileKind::kDirectory) STRATA_TRY(memory_.remove_directory(path));
  removed_.insert(path);
  return {};
}

Result<void> OverlayFileSystem::sync_directory(const Path& path) {
  if (!covers(path)) return base().sync_directory(path);
  const std::lock_guard lock(mutex_);
  STRATA_TRY(const FileStatus there, seen(path));
  if (there.kind == FileKind::kDirectory) return {};
  return not_found(fmt::format("open {}: no such directory", path.string()));
}

// --- Locks ---------------------------------------------------------------------------

Result<std::unique_ptr<FileLock>> OverlayFileSystem::lock(const Path& path, LockKind kind) {
  if (!covers(path)) return base().lock(path, kind);
  STRATA_TRY(const FileKind below, held_->kind_of(path));
  if (below == FileKind::kMissing) {
    const std::lock_guard lock(mutex_);
    STRATA_TRY(const FileStatus parent, seen(path.parent_path()));
    if (parent.kind == FileKind::kDirectory) STRATA_TRY(make_parents(path));
    return memory_.lock(path, kind);
  }
  auto taken = held_->lock(path, LockKind::kShared);
  if (taken || taken.error().code != ErrorCode::kUnsupported) return taken;
  return std::make_unique<NoLock>();
}

Result<std::shared_ptr<FileSystem>> OverlayFileSystem::hold(const Path&) {
  return std::shared_ptr<FileSystem>(std::shared_ptr<FileSystem>(), this);
}

}  // namespace strata::env
