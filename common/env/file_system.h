// Files, as far as a store needs them, with a real form and a simulated one.
//
// Durability is spelled out, because it is what the course is about:
//   - bytes written are durable when sync() on that file has returned ok;
//   - a name created, renamed or removed is durable when sync_directory() on the
//     directory that holds it has returned ok. Syncing the file does not sync its name.
//
// Thread-safety: a FileSystem may be used by many threads; a file by one writer at a
// time, except that read_at() may run beside anything.
// Errors: kNotFound where a name is missing; kConflict where create() finds one or a lock
// is held; kUnavailable when the disk is full, or too many files are open; kUnsupported
// for a name on another disk; kIo for the rest. The message names the call, the path and
// the reason.
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

  // Fills `into` from `offset`; returns the bytes read, fewer than asked only at the
  // end of the file. An I/O error is an error, never a short read.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;

  // Writes all of `bytes` at `offset`, growing the file as needed. On an error any part
  // of them may have been written.
  virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;

  // Lets the disk begin with the bytes from `begin` to `end`, so that sync() finds less to
  // wait for. A hint: it promises nothing, and what goes wrong is told by sync().
  virtual void begin_writing_back(std::uint64_t begin, std::uint64_t end) = 0;

  // Announces that the bytes from `begin` to `end`, which the file has, will be written anew in
  // small pieces, each once. A hint, for whoever syncs rarely: those pieces then go straight into
  // the operating system's memory, without a call for each. It holds until the next one, or
  // truncate().
  virtual void expect_small_writes(std::uint64_t begin, std::uint64_t end) = 0;

  // Blocks until everything written so far is durable (fdatasync: data and size).
  // After a failure nothing is known about the bytes since the last success, so every
  // later write_at, truncate and sync of this file returns the same error.
  virtual Result<void> sync() = 0;
};

// Held for as long as the object lives; also given up when the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class FileKind { kMissing, kFile, kDirectory, kOther };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<RandomAccessFile>> open_for_read(const Path& path) = 0;
  // Makes a new, empty file. The name is not durable until its directory is synced.
  virtual Result<std::unique_ptr<WritableFile>> create(const Path& path) = 0;
  virtual Result<std::unique_ptr<WritableFile>> open_for_write(const Path& path) = 0;

  // Replaces `to`; a directory replaces only an empty one.
  virtual Result<void> rename(const Path& from, const Path& to) = 0;
  // A second name for a file on the same disk (a hard link): both have the same bytes, which
  // stay until the last name is removed. kConflict if `to` is there.
  virtual Result<void> link(const Path& from, const Path& to) = 0;
  virtual Result<void> remove(const Path& path) = 0;
  virtual Result<void> make_directory(const Path& path) = 0;    // its parent must be there
  virtual Result<void> remove_directory(const Path& path) = 0;  // it must be empty
  virtual Result<void> sync_directory(const Path& path) = 0;

  virtual Result<FileKind> kind_of(const Path& path) = 0;
  // The names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const Path& directory) = 0;

  // Takes the lock on a file, which it creates if need be. kConflict if it is held by
  // another process, or by this one. It is on the file, not on the name: whoever removes the
  // file lets others take the lock on a new one.
  virtual Result<std::unique_ptr<FileLock>> lock(const Path& path) = 0;
};

// `path` from the root on, without dots and without a slash at its end, so that it has a parent.
// kInvalidArgument if it is empty, or no path can be so called.
Result<Path> whole_path(const Path& path);

// Reads a whole file. Requires: it fits in memory; `limit` bytes at most, or kCorruption.
// `reuse` gives its memory, so that reading many files touches little of it anew.
Result<Bytes> read_file(FileSystem& fs, const Path& path, std::uint64_t limit, Bytes reuse = {});

// Writes a file that is there whole or not at all, and durable on return: a temporary
// beside it, sync, rename, sync of the directory.
Result<void> write_file_atomically(FileSystem& fs, const Path& path, ByteView bytes);

// The suffix of temporaries that a crash may leave behind; open removes them.
inline constexpr std::string_view kTemporarySuffix = ".tmp";

}  // namespace strata::env
