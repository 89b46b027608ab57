// A FileSystem that passes every call on to another one. A subclass overrides the calls that it
// changes.
//
// Thread-safety: as the other one, which must outlive this object.
#pragma once

#include "env/file_system.h"

namespace strata::env {

class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem& base) : base_(base) {}

  Result<std::unique_ptr<RandomAccessFile>> open_for_read(const Path& path) override {
    return base_.open_for_read(path);
  }
  Result<std::unique_ptr<WritableFile>> create(const Path& path) override {
    return base_.create(path);
  }
  Result<std::unique_ptr<WritableFile>> open_for_write(const Path& path) override {
    return base_.open_for_write(path);
  }
  Result<void> rename(const Path& from, const Path& to) override { return base_.rename(from, to); }
  Result<void> link(const Path& from, const Path& to) override { return base_.link(from, to); }
  Result<void> remove(const Path& path) override { return base_.remove(path); }
  Result<void> make_directory(const Path& path) override { return base_.make_directory(path); }
  Result<void> remove_directory(const Path& path) override { return base_.remove_directory(path); }
  Result<void> sync_directory(const Path& path) override { return base_.sync_directory(path); }
  Result<FileStatus> status_of(const Path& path) override { return base_.status_of(path); }
  Result<std::uint64_t> free_bytes(const Path& directory) override {
    return base_.free_bytes(directory);
  }
  Result<Path> real_path(const Path& path) override { return base_.real_path(path); }
  Result<std::vector<std::string>> list(const Path& directory) override {
    return base_.list(directory);
  }
  using FileSystem::lock;
  Result<std::unique_ptr<FileLock>> lock(const Path& path, LockKind kind) override {
    return base_.lock(path, kind);
  }
  Result<std::shared_ptr<FileSystem>> hold(const Path& directory) override {
    return base_.hold(directory);
  }

 protected:
  FileSystem& base() const { return base_; }

 private:
  FileSystem& base_;
};

}  // namespace strata::env
