// The file operations that a store needs, as an interface. There is a real form
// (posix_file_system.h) and a simulated one (simulated_file_system.h).
//
// What is durable when? This is what the course is about:
//   - Bytes that were written are durable when sync() on that file has returned ok.
//   - A name that was created, renamed or removed is durable when sync_directory() on its directory
//     has returned ok. Syncing the file does not make its name durable.
//
// Thread-safety: a FileSystem may be used by many threads at once. A file has one writer at a time;
// read_at() may run at the same time as anything else.
// Errors: kNotFound if a name does not exist; kConflict if create() finds the name in use, or a
// lock is held; kInvalidArgument if a file to be opened is a pipe, a socket or a device (opening it
// never waits for the other end); kUnavailable if the disk is full or too many files are open;
// kUnsupported for a second name on another disk, or where the disk gives no second names; kIo for
// everything else. The message names the call, the path and the reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace strata::env {

using Path = std::filesystem::path;

class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;

  // Reads from `offset` into `into`. Returns the number of bytes read; it is smaller than asked
  // only at the end of the file. An I/O error is returned as an error, never as a short read.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;

  // Writes all of `bytes` at `offset`; the file grows if needed. After an error, any part of them
  // may have been written.
  virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;

  // Asks the system to start writing the bytes from `begin` to `end` to the disk, so that a later
  // sync() takes less time. This is only a hint: it makes nothing durable, and sync() reports
  // errors.
  virtual void begin_writing_back(std::uint64_t begin, std::uint64_t end) = 0;

  // Announces that the bytes from `begin` to `end`, which exist in the file, will be overwritten in
  // small pieces, each of them once. This is only a hint, for a caller that syncs rarely: the file
  // may then copy each piece into mapped memory and save a system call. It is valid until the next
  // such call or truncate().
  virtual void expect_small_writes(std::uint64_t begin, std::uint64_t end) = 0;

  // Blocks until everything written so far is durable: data and file size (fdatasync). After a
  // failure, nothing is known about the bytes written since the last success. So every later
  // write_at, truncate and sync of this file returns the same error.
  virtual Result<void> sync() = 0;
};

// The lock is held as long as this object lives. It is released when the process dies, too.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class LockKind {
  kExclusive,  // for an owner, who writes
  kShared,     // for readers: many may hold it, and nobody else an exclusive one. Writes nothing
};

enum class FileKind { kMissing, kFile, kDirectory, kOther };

// What a path leads to. Two paths lead to the same file if device and number are equal.
struct FileStatus {
  FileKind kind = FileKind::kMissing;
  std::uint64_t names = 0;   // of this file (hard links)
  std::uint64_t device = 0;  // the disk it is on
  std::uint64_t number = 0;  // on that disk

  bool same_file(const FileStatus& other) const {
    return kind != FileKind::kMissing && kind == other.kind && device == other.device &&
           number == other.number;
  }
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<RandomAccessFile>> open_for_read(const Path& path) = 0;
  // Creates a new, empty file. Its name is not durable until its directory is synced.
  virtual Result<std::unique_ptr<WritableFile>> create(const Path& path) = 0;
  virtual Result<std::unique_ptr<WritableFile>> open_for_write(const Path& path) = 0;

  // If `to` exists, it is replaced; a directory can replace only an empty directory.
  virtual Result<void> rename(const Path& from, const Path& to) = 0;
  // Gives the file a second name on the same disk (a hard link). Both names have the same bytes,
  // which stay until the last name is removed. kConflict if `to` exists.
  virtual Result<void> link(const Path& from, const Path& to) = 0;
  virtual Result<void> remove(const Path& path) = 0;
  virtual Result<void> make_directory(const Path& path) = 0;    // its parent must exist
  virtual Result<void> remove_directory(const Path& path) = 0;  // it must be empty
  virtual Result<void> sync_directory(const Path& path) = 0;

  virtual Result<FileStatus> status_of(const Path& path) = 0;
  Result<FileKind> kind_of(const Path& path);
  // How many bytes this process may still write to the disk of `directory`. Others use them, too.
  virtual Result<std::uint64_t> free_bytes(const Path& directory) = 0;
  // Where an existing path really leads: an absolute path without symbolic links.
  virtual Result<Path> real_path(const Path& path) = 0;
  // The names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const Path& directory) = 0;

  // Takes the lock on a file or a directory. kExclusive creates a file if there is neither.
  // kConflict if another process, or this one, holds a lock that conflicts with this one.
  // kUnsupported for kShared on a file that this process may not open, or on a disk that knows no
  // locks. The lock is on the file, not on the name: if the file is removed, another process can
  // create a new file of that name and lock it.
  virtual Result<std::unique_ptr<FileLock>> lock(const Path& path, LockKind kind) = 0;
  Result<std::unique_ptr<FileLock>> lock(const Path& path) {
    return lock(path, LockKind::kExclusive);
  }

  // This file system, as seen by somebody who keeps `directory` open: paths in the directory lead
  // into the directory that has this name now, even after it was renamed and another one has its
  // name. Other paths mean what they mean here. Requires: `directory` is as whole_path() returns
  // it; this object outlives the result.
  virtual Result<std::shared_ptr<FileSystem>> hold(const Path& directory) = 0;
};

// `path` as an absolute path without `.` and `..` and without a slash at the end, so that it has a
// parent. kInvalidArgument if it is empty, or cannot be a path.
Result<Path> whole_path(const Path& path);

// Reads a whole file. Requires: it fits in memory. kCorruption if it has more than `limit` bytes.
Result<Bytes> read_file(FileSystem& fs, const Path& path, std::uint64_t limit);

// Copies a file to the new file `to`. The bytes are durable on return; the name is not. Returns the
// number of bytes. Errors: as FileSystem::create().
Result<std::uint64_t> copy_file(FileSystem& fs, const Path& from, const Path& to);

// Makes sure that no other name leads to this file, before its owner writes to it in place: a file
// with a second name is replaced by a copy of its own. A copy of a directory that consists of hard
// links (`cp -al`, rsnapshot) thus keeps what it has. A crash leaves the shared file or the copy;
// it is durable on return.
Result<void> make_sole(FileSystem& fs, const Path& path);

// Writes a file so that a crash leaves either the whole file or none. It is durable on return. The
// steps: write a temporary file beside it, sync it, rename it, sync the directory.
Result<void> write_file_atomically(FileSystem& fs, const Path& path, ByteView bytes);

// The suffix of temporary files. A crash may leave some; opening a store removes them.
inline constexpr std::string_view kTemporarySuffix = ".tmp";

}  // namespace strata::env
