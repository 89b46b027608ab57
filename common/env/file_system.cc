#include "env/file_system.h"

#include <fmt/format.h>

namespace strata::env {

Result<Path> whole_path(const Path& path) {
  if (path.empty()) return invalid_argument("a path has no name");
  if (path.native().find('\0') != Path::string_type::npos)
    return invalid_argument("a path has a zero byte in it");
  Path whole = std::filesystem::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

Result<Bytes> read_file(FileSystem& fs, const Path& path, std::uint64_t limit, Bytes bytes) {
  STRATA_TRY(const auto file, fs.open_for_read(path));
  STRATA_TRY(const std::uint64_t size, file->size());
  if (size > limit)
    return corruption(
        fmt::format("{} has {} bytes; at most {} were expected", path.string(), size, limit));
  bytes.resize(size);
  STRATA_TRY(const std::size_t count, file->read_at(0, bytes));
  bytes.resize(count);
  return bytes;
}

Result<void> write_file_atomically(FileSystem& fs, const Path& path, ByteView bytes) {
  Path temporary = path;
  temporary += kTemporarySuffix;
  STRATA_TRY(const FileKind left_over, fs.kind_of(temporary));
  if (left_over == FileKind::kFile) STRATA_TRY(fs.remove(temporary));
  STRATA_TRY(const auto file, fs.create(temporary));
  STRATA_TRY(file->write_at(0, bytes));
  STRATA_TRY(file->sync());
  STRATA_TRY(fs.rename(temporary, path));
  return fs.sync_directory(path.parent_path());
}

}  // namespace strata::env
