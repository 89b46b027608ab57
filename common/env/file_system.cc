#include "env/file_system.h"

#include <fmt/format.h>

namespace strata::env {
namespace {

constexpr std::size_t kCopyStep = std::size_t{1} << 20;  // bytes

// The name under which `path` is written before it is complete. A file that a crash has left there
// is removed. Anything else is somebody else's; then the next name is taken.
Result<Path> fresh_temporary(FileSystem& fs, const Path& path) {
  Path name = path;
  for (;;) {
    Path temporary = name;
    temporary += kTemporarySuffix;
    STRATA_TRY(const FileKind left_over, fs.kind_of(temporary));
    if (left_over == FileKind::kFile) STRATA_TRY(fs.remove(temporary));
    if (left_over == FileKind::kFile || left_over == FileKind::kMissing) return temporary;
    name += ".next";
  }
}

}  // namespace

Result<Path> whole_path(const Path& path) {
  if (path.empty()) return invalid_argument("a path has no name");
  if (path.native().find('\0') != Path::string_type::npos)
    return invalid_argument("a path has a zero byte in it");
  Path whole = std::filesystem::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

Result<Bytes> read_file(FileSystem& fs, const Path& path, std::uint64_t limit) {
  STRATA_TRY(const auto file, fs.open_for_read(path));
  STRATA_TRY(const std::uint64_t size, file->size());
  if (size > limit)
    return corruption(
        fmt::format("{} has {} bytes; at most {} were expected", path.string(), size, limit));
  Bytes bytes(size);
  STRATA_TRY(const std::size_t count, file->read_at(0, bytes));
  bytes.resize(count);
  return bytes;
}

Result<FileKind> FileSystem::kind_of(const Path& path) {
  STRATA_TRY(const FileStatus status, status_of(path));
  return status.kind;
}

Result<std::uint64_t> copy_file(FileSystem& fs, const Path& from, const Path& to) {
  STRATA_TRY(const auto source, fs.open_for_read(from));
  STRATA_TRY(const auto copy, fs.create(to));
  Bytes piece(kCopyStep);
  std::uint64_t copied = 0;
  for (;;) {
    STRATA_TRY(const std::size_t count, source->read_at(copied, piece));
    if (count == 0) break;
    STRATA_TRY(copy->write_at(copied, ByteView(piece).first(count)));
    copied += count;
  }
  STRATA_TRY(copy->sync());
  return copied;
}

Result<void> make_sole(FileSystem& fs, const Path& path) {
  STRATA_TRY(const FileStatus status, fs.status_of(path));
  if (status.names < 2) return {};
  STRATA_TRY(const Path temporary, fresh_temporary(fs, path));
  STRATA_TRY(copy_file(fs, path, temporary));
  STRATA_TRY(fs.rename(temporary, path));
  return fs.sync_directory(path.parent_path());
}

Result<void> write_file_atomically(FileSystem& fs, const Path& path, ByteView bytes) {
  STRATA_TRY(const Path temporary, fresh_temporary(fs, path));
  STRATA_TRY(const auto file, fs.create(temporary));
  STRATA_TRY(file->write_at(0, bytes));
  STRATA_TRY(file->sync());
  STRATA_TRY(fs.rename(temporary, path));
  return fs.sync_directory(path.parent_path());
}

}  // namespace strata::env
