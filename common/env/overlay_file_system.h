// Shows one directory of another file system as it is, and never changes it: what is written to the
// directory is kept in memory, and is gone when this object is. So a store can be opened, with all
// that opening repairs, where nothing may be written: on a read-only disk, or in a snapshot.
//
// Files outside of the directory are those of the other file system, and are changed there.
// Memory: what was written, and each file of the directory that was opened for writing.
//
// Thread-safety: as FileSystem.
#pragma once

#include <mutex>
#include <set>

#include "env/forwarding_file_system.h"
#include "env/simulated_file_system.h"

namespace strata::env {

class OverlayFileSystem final : public ForwardingFileSystem {
 public:
  // Requires: `base` outlives the result. Errors: kNotFound if there is no such directory.
  static Result<std::unique_ptr<OverlayFileSystem>> open(FileSystem& base, const Path& directory);

  Result<std::unique_ptr<RandomAccessFile>> open_for_read(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> create(const Path& path) override;
  Result<std::unique_ptr<WritableFile>> open_for_write(const Path& path) override;
  // Within the overlaid directory, requires: both names have the same parent. kUnsupported for a
  // directory that is not only in memory, or if only one of the names is in the overlaid directory.
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> link(const Path& from, const Path& to) override;  // kUnsupported in the directory
  Result<void> remove(const Path& path) override;
  Result<void> make_directory(const Path& path) override;
  Result<void> remove_directory(const Path& path) override;
  Result<void> sync_directory(const Path& path) override;
  Result<FileStatus> status_of(const Path& path) override;
  Result<Path> real_path(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  // Takes kShared, whatever is asked for: it keeps writers away. What cannot be locked needs no
  // lock, because nobody can write there.
  using FileSystem::lock;
  Result<std::unique_ptr<FileLock>> lock(const Path& path, LockKind kind) override;
  Result<std::shared_ptr<FileSystem>> hold(const Path& directory) override;  // this same object

 private:
  OverlayFileSystem(std::shared_ptr<FileSystem> held, Path directory)
      : ForwardingFileSystem(*held), held_(std::move(held)), directory_(std::move(directory)) {}

  // These require: mutex_ is held.
  Result<FileStatus> seen(const Path& path);
  Result<void> expect_missing(std::string_view call, const Path& path);
  Result<void> make_parents(const Path& path);
  Result<void> bring_up(const Path& path);
  Result<std::vector<std::string>> names_in(const Path& directory);

  bool covers(const Path& path) const;

  const std::shared_ptr<FileSystem> held_;
  const Path directory_;
  SimulatedFileSystem memory_;
  std::mutex mutex_;
  std::set<Path> removed_;  // guarded by mutex_: names that the other file system has, not shown
};

}  // namespace strata::env
