#include "env/posix_file_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "env/descriptors.h"
#include "env/posix_files.h"

namespace strata::env {
namespace {

constexpr mode_t kFileMode = 0600;  // a store is its owner's alone
constexpr mode_t kDirectoryMode = 0700;

Error not_regular(const Path& path) {
  return invalid_argument(fmt::format(
      "open {}: it is a pipe, a socket or a device, not a file; move it away", path.string()));
}

FileKind kind_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  return S_ISDIR(mode) ? FileKind::kDirectory : FileKind::kOther;
}

// flock() excludes other processes and other descriptors of this process.
class PosixFileLock final : public FileLock {
 public:
  PosixFileLock(PosixCalls& calls, int fd, Path path) : file_(calls, fd, std::move(path)) {}

 private:
  const Descriptor file_;
};

}  // namespace

PosixFileSystem::~PosixFileSystem() {
  if (descriptor_ >= 0) calls_.close(descriptor_);
}

PosixFileSystem::Place PosixFileSystem::place_of(const Path& path) const {
  const std::string_view whole = path.native();
  const std::string_view held = held_.native();
  const std::size_t end = held == "/" ? 0 : held.size();  // where a slash follows, or nothing
  const bool below = whole.starts_with(held) && (whole.size() == end || whole[end] == '/');
  if (descriptor_ < 0 || !below) return {AT_FDCWD, path.c_str()};
  const std::size_t name = std::min(whole.find_first_not_of('/', end), whole.size());
  return {descriptor_, name == whole.size() ? "." : path.c_str() + name};
}

Result<std::shared_ptr<FileSystem>> PosixFileSystem::hold(const Path& directory) {
  STRATA_TRY(const int fd, open(directory, O_PATH | O_DIRECTORY));
  return std::shared_ptr<FileSystem>(new PosixFileSystem(calls_, directory, fd));
}

int PosixFileSystem::try_to_open(const Path& path, int flags) {
  const Place place = place_of(path);
  return above_standard_streams(retry_interrupted(
      [&] { return calls_.openat(place.directory, place.name, flags | O_CLOEXEC, kFileMode); }));
}

Result<int> PosixFileSystem::open(const Path& path, int flags) {
  const int fd = try_to_open(path, flags);
  if (fd < 0 && errno == ENXIO) return not_regular(path);  // what open() says to a socket
  if (fd < 0) return system_error("open", path);
  return fd;
}

// Opens an existing file. Without O_NONBLOCK, opening a pipe would wait for somebody who opens its
// other end; for a regular file the flag means nothing.
Result<int> PosixFileSystem::open_regular(const Path& path, int flags) {
  STRATA_TRY(const int fd, open(path, flags | O_NONBLOCK));
  struct stat status{};
  Result<void> regular;
  if (calls_.fstat(fd, &status) != 0) {
    regular = system_error("stat", path);
  } else if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;  // open() would accept it, but every read would fail
    regular = system_error("open", path);
  } else if (!S_ISREG(status.st_mode)) {
    regular = not_regular(path);
  }
  if (regular) return fd;
  calls_.close(fd);
  return regular.error();
}

Result<std::unique_ptr<RandomAccessFile>> PosixFileSystem::open_for_read(const Path& path) {
  STRATA_TRY(const int fd, open_regular(path, O_RDONLY));
  return posix_readable(calls_, fd, path);
}

Result<std::unique_ptr<WritableFile>> PosixFileSystem::create(const Path& path) {
  STRATA_TRY(const int fd, open(path, O_RDWR | O_CREAT | O_EXCL));
  return posix_writable(calls_, fd, path);
}

Result<std::unique_ptr<WritableFile>> PosixFileSystem::open_for_write(const Path& path) {
  STRATA_TRY(const int fd, open_regular(path, O_RDWR));
  return posix_writable(calls_, fd, path);
}

Result<void> PosixFileSystem::rename(const Path& from, const Path& to) {
  const Place a = place_of(from);
  const Place b = place_of(to);
  if (retry_interrupted(
          [&] { return calls_.renameat(a.directory, a.name, b.directory, b.name); }) != 0)
    return system_error("rename", from);
  return {};
}

Result<void> PosixFileSystem::link(const Path& from, const Path& to) {
  const Place a = place_of(from);
  const Place b = place_of(to);
  if (retry_interrupted([&] { return calls_.linkat(a.directory, a.name, b.directory, b.name); }) !=
      0) {
    // Two disks, a disk without hard links, a file that has as many names as it can have, or one
    // that is not ours (see fs.protected_hardlinks in proc(5)). A copy of the bytes still works.
    const bool impossible = errno == EXDEV || errno == EPERM || errno == EOPNOTSUPP ||
                            errno == ENOSYS || errno == EMLINK;
    Error error = system_error("link", to);
    if (impossible) error.code = ErrorCode::kUnsupported;
    return error;
  }
  return {};
}

Result<void> PosixFileSystem::remove(const Path& path) {
  const Place place = place_of(path);
  if (retry_interrupted([&] { return calls_.unlinkat(place.directory, place.name, 0); }) != 0)
    return system_error("remove", path);
  return {};
}

Result<void> PosixFileSystem::make_directory(const Path& path) {
  const Place place = place_of(path);
  if (retry_interrupted(
          [&] { return calls_.mkdirat(place.directory, place.name, kDirectoryMode); }) != 0)
    return system_error("mkdir", path);
  return {};
}

Result<void> PosixFileSystem::remove_directory(const Path& path) {
  const Place place = place_of(path);
  if (retry_interrupted(
          [&] { return calls_.unlinkat(place.directory, place.name, AT_REMOVEDIR); }) != 0)
    return system_error("rmdir", path);
  return {};
}

Result<void> PosixFileSystem::sync_directory(const Path& path) {
  const int fd = try_to_open(path, O_RDONLY | O_DIRECTORY);
  if (fd < 0 && errno == EACCES) {
    // We may create names in this directory, but not read it. It cannot be synced alone.
    calls_.sync();
    return {};
  }
  if (fd < 0) return system_error("open", path);
  const Descriptor directory(calls_, fd, path);
  if (calls_.fsync(fd) != 0) return system_error("fsync", path);
  return {};
}

Result<FileStatus> PosixFileSystem::status_of(const Path& path) {
  const Place place = place_of(path);
  struct stat status{};
  if (calls_.fstatat(place.directory, place.name, &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return FileStatus{};
    return system_error("stat", path);
  }
  return FileStatus{kind_of_mode(status.st_mode), status.st_nlink, status.st_dev, status.st_ino};
}

Result<std::uint64_t> PosixFileSystem::free_bytes(const Path& directory) {
  STRATA_TRY(const int fd, open(directory, O_RDONLY | O_DIRECTORY));
  const Descriptor opened(calls_, fd, directory);
  struct statfs status{};
  if (calls_.fstatfs(fd, &status) != 0) return system_error("statfs", directory);
  return std::uint64_t{status.f_bavail} * static_cast<std::uint64_t>(status.f_bsize);
}

Result<Path> PosixFileSystem::real_path(const Path& path) {
  std::array<char, PATH_MAX> into{};
  if (!calls_.realpath(path.c_str(), into.data())) return system_error("realpath", path);
  return Path(into.data());
}

Result<std::vector<std::string>> PosixFileSystem::list(const Path& directory) {
  const int fd = try_to_open(directory, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return system_error("list", directory);
  const auto close = [this](DIR* open) { calls_.closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> open(calls_.fdopendir(fd), close);
  if (!open) {
    Error error = system_error("list", directory);
    calls_.close(fd);
    return error;
  }
  std::vector<std::string> names;
  while (const dirent* entry = calls_.readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return system_error("list", directory);
  std::ranges::sort(names);
  return names;
}

Result<int> PosixFileSystem::open_to_lock(const Path& path, LockKind kind) {
  STRATA_TRY(const FileKind there, kind_of(path));
  if (there == FileKind::kOther) return not_regular(path);
  if (there == FileKind::kDirectory) return open(path, O_RDONLY | O_DIRECTORY);
  if (kind == LockKind::kExclusive) return open(path, O_RDWR | O_CREAT);
  const int fd = try_to_open(path, O_RDONLY);
  if (fd >= 0) return fd;
  const bool denied = errno == EACCES || errno == EPERM;
  Error error = system_error("open", path);
  if (denied) error.code = ErrorCode::kUnsupported;
  return error;
}

// If the file was removed before it could be locked, that lock protects nothing. The lock must be
// on the file that has the name now.
Result<std::unique_ptr<FileLock>> PosixFileSystem::lock(const Path& path, LockKind kind) {
  constexpr int kTries = 100;
  const Place place = place_of(path);
  const int operation = (kind == LockKind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  for (int tries = 0; tries < kTries; ++tries) {
    STRATA_TRY(const int fd, open_to_lock(path, kind));
    auto lock = std::make_unique<PosixFileLock>(calls_, fd, path);
    if (retry_interrupted([&] { return calls_.flock(fd, operation); }) != 0) {
      if (errno == EWOULDBLOCK)
        return conflict(fmt::format("{} is locked by another process", path.string()));
      const bool no_locks = errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS;
      Error error = system_error("lock", path);
      if (no_locks && kind == LockKind::kShared) error.code = ErrorCode::kUnsupported;
      return error;
    }
    struct stat locked{};
    struct stat named{};
    if (calls_.fstat(fd, &locked) != 0) return system_error("stat", path);
    if (calls_.fstatat(place.directory, place.name, &named) != 0) {
      if (errno != ENOENT) return system_error("stat", path);
    } else if (locked.st_ino == named.st_ino && locked.st_dev == named.st_dev) {
      return lock;
    }
  }
  return io_error(fmt::format("lock {}: each time it is another file", path.string()));
}

PosixFileSystem& posix_file_system() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace strata::env
