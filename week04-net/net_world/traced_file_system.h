// Passes every call on to another file system, and notes each one: its name, its path, and what
// else it is about. So two runs can be compared call by call.
//
// Thread-safety: none; one owner.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/checksum.h"
#include "env/forwarding_file_system.h"
#include "net_world/shared.h"

namespace strata::world {

class TracedFileSystem final : public env::ForwardingFileSystem {
 public:
  using Path = env::Path;

  // Lifetime: both outlive this object and all files that it opens.
  TracedFileSystem(env::FileSystem& base, Shared& shared)
      : ForwardingFileSystem(base), shared_(shared) {}

  Result<std::unique_ptr<env::RandomAccessFile>> open_for_read(const Path& path) override {
    note("open_for_read", path);
    STRATA_TRY(auto file, base().open_for_read(path));
    return std::make_unique<Readable>(*this, path, std::move(file));
  }
  Result<std::unique_ptr<env::WritableFile>> create(const Path& path) override {
    note("create", path);
    return traced(path, base().create(path));
  }
  Result<std::unique_ptr<env::WritableFile>> open_for_write(const Path& path) override {
    note("open_for_write", path);
    return traced(path, base().open_for_write(path));
  }
  Result<void> rename(const Path& from, const Path& to) override {
    note("rename", from, to.native());
    return base().rename(from, to);
  }
  Result<void> link(const Path& from, const Path& to) override {
    note("link", from, to.native());
    return base().link(from, to);
  }
  Result<void> remove(const Path& path) override {
    note("remove", path);
    return base().remove(path);
  }
  Result<void> make_directory(const Path& path) override {
    note("make_directory", path);
    return base().make_directory(path);
  }
  Result<void> remove_directory(const Path& path) override {
    note("remove_directory", path);
    return base().remove_directory(path);
  }
  Result<void> sync_directory(const Path& path) override {
    note("sync_directory", path);
    return base().sync_directory(path);
  }
  Result<env::FileStatus> status_of(const Path& path) override {
    note("status_of", path);
    return base().status_of(path);
  }
  Result<std::vector<std::string>> list(const Path& directory) override {
    note("list", directory);
    return base().list(directory);
  }
  using FileSystem::lock;
  Result<std::unique_ptr<env::FileLock>> lock(const Path& path, env::LockKind kind) override {
    note("lock", path);
    return base().lock(path, kind);
  }
  // This same object, as of a SimulatedFileSystem.
  Result<std::shared_ptr<env::FileSystem>> hold(const Path& directory) override {
    note("hold", directory);
    return std::shared_ptr<env::FileSystem>(std::shared_ptr<void>(), this);
  }

 private:
  class Readable final : public env::RandomAccessFile {
   public:
    Readable(TracedFileSystem& fs, Path path, std::unique_ptr<RandomAccessFile> file)
        : fs_(fs), path_(std::move(path)), file_(std::move(file)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
      fs_.note("read_at", path_, std::to_string(offset) + " " + std::to_string(into.size()));
      return file_->read_at(offset, into);
    }
    Result<std::uint64_t> size() const override { return file_->size(); }

   private:
    TracedFileSystem& fs_;
    const Path path_;
    const std::unique_ptr<RandomAccessFile> file_;
  };

  class Writable final : public env::WritableFile {
   public:
    Writable(TracedFileSystem& fs, Path path, std::unique_ptr<WritableFile> file)
        : fs_(fs), path_(std::move(path)), file_(std::move(file)) {}

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
      fs_.note("write_at", path_,
               std::to_string(offset) + " " + std::to_string(bytes.size()) + " " +
                   std::to_string(checksum64(bytes)));
      return file_->write_at(offset, bytes);
    }
    Result<void> truncate(std::uint64_t size) override {
      fs_.note("truncate", path_, std::to_string(size));
      return file_->truncate(size);
    }
    void begin_writing_back(std::uint64_t begin, std::uint64_t end) override {
      file_->begin_writing_back(begin, end);
    }
    void expect_small_writes(std::uint64_t begin, std::uint64_t end) override {
      file_->expect_small_writes(begin, end);
    }
    Result<void> sync() override {
      fs_.note("sync", path_);
      return file_->sync();
    }

   private:
    TracedFileSystem& fs_;
    const Path path_;
    const std::unique_ptr<WritableFile> file_;
  };

  Result<std::unique_ptr<env::WritableFile>> traced(
      const Path& path, Result<std::unique_ptr<env::WritableFile>> file) {
    if (!file) return file;
    return std::make_unique<Writable>(*this, path, *std::move(file));
  }

  void note(std::string_view call, const Path& path, std::string_view more = {}) {
    shared_.note(call, ((path.native() + ' ') += more));
  }

  Shared& shared_;
};

}  // namespace strata::world
