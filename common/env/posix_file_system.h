// The files of the operating system. The contract is in file_system.h; thread-safety as there.
//
// Interrupted calls are repeated, and short reads and writes are continued. A sync is never
// repeated. A full disk is kUnavailable, and so are too many open files.
#pragma once

#include "env/file_system.h"
#include "env/posix_calls.h"

namespace strata::env {

class PosixFileSystem final : public FileSystem {
 public:
  // `calls` must outlive the file system and every file it opened.
  explicit PosixFileSystem(PosixCalls& calls = posix_calls()) : calls_(calls) {}

  Result<std::unique_ptr<RandomAccessFile>> open_for_read(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> create(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> open_for_write(const Path& path) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> link(const Path& from, const Path& to) override;
  Result<void> remove(const Path& path) override;
  Result<void> make_directory(const Path& path) override;
  Result<void> remove_directory(const Path& path) override;
  Result<void> sync_directory(const Path& path) override;
  Result<FileKind> kind_of(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  Result<std::unique_ptr<FileLock>> lock(const Path& path) override;

 private:
  Result<int> open(const Path& path, int flags);

  PosixCalls& calls_;
};

// One object for the whole process. It makes the real system calls.
PosixFileSystem& posix_file_system();

}  // namespace strata::env
