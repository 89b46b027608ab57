// The files of the operating system. The contract is in file_system.h; thread-safety as there.
//
// Interrupted calls are repeated, and short reads and writes are continued. A sync is never
// repeated. A full disk is kUnavailable, and so are too many open files.
//
// hold() keeps a descriptor of the directory. Calls for paths in it begin at this descriptor
// (openat, renameat, ...), so nobody can lead them elsewhere by renaming the directory.
#pragma once

#include "env/file_system.h"
#include "env/posix_calls.h"

namespace strata::env {

class PosixFileSystem final : public FileSystem {
 public:
  // `calls` must outlive the file system and every file it opened.
  explicit PosixFileSystem(PosixCalls& calls = posix_calls()) : calls_(calls) {}
  ~PosixFileSystem() override;
  PosixFileSystem(const PosixFileSystem&) = delete;
  PosixFileSystem& operator=(const PosixFileSystem&) = delete;

  Result<std::unique_ptr<RandomAccessFile>> open_for_read(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> create(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> open_for_write(const Path& path) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> link(const Path& from, const Path& to) override;
  Result<void> remove(const Path& path) override;
  Result<void> make_directory(const Path& path) override;
  Result<void> remove_directory(const Path& path) override;
  Result<void> sync_directory(const Path& path) override;
  Result<FileStatus> status_of(const Path& path) override;
  Result<std::uint64_t> free_bytes(const Path& directory) override;
  Result<Path> real_path(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  using FileSystem::lock;
  Result<std::unique_ptr<FileLock>> lock(const Path& path, LockKind kind) override;
  Result<std::shared_ptr<FileSystem>> hold(const Path& directory) override;

 private:
  // Where a system call finds a path: a name, and the directory in which the name is looked up.
  // Valid while the path lives.
  struct Place {
    int directory;
    const char* name;
  };
  PosixFileSystem(PosixCalls& calls, Path held, int descriptor)
      : calls_(calls), held_(std::move(held)), descriptor_(descriptor) {}

  Place place_of(const Path& path) const;
  Result<int> open(const Path& path, int flags);
  Result<int> open_regular(const Path& path, int flags);
  Result<int> open_to_lock(const Path& path, LockKind kind);
  int try_to_open(const Path& path, int flags);  // as open(): -1, and errno

  PosixCalls& calls_;
  const Path held_;            // empty: no directory is held
  const int descriptor_ = -1;  // of the held directory
};

// One object for the whole process. It makes the real system calls.
PosixFileSystem& posix_file_system();

}  // namespace strata::env
