// The open files and the locks of a SimulatedFileSystem. Private to it.
//
// Thread-safety: as file_system.h says; the mutex of the file system guards what they share.
// Lifetime: the file system outlives them.
#pragma once

#include <memory>
#include <optional>

#include "env/simulated_file_system.h"

namespace strata::env {

// What both kinds of open files have.
class OpenSimulatedFile {
 public:
  OpenSimulatedFile(SimulatedFileSystem& fs, std::shared_ptr<SimulatedNode> node, Path path)
      : fs_(fs), node_(std::move(node)), path_(std::move(path)) {
    ++fs_.open_files_;
  }
  ~OpenSimulatedFile() { --fs_.open_files_; }
  OpenSimulatedFile(const OpenSimulatedFile&) = delete;
  OpenSimulatedFile& operator=(const OpenSimulatedFile&) = delete;

 protected:
  SimulatedFileSystem& fs_;
  const std::shared_ptr<SimulatedNode> node_;
  const Path path_;
};

class SimulatedReadableFile final : public RandomAccessFile, private OpenSimulatedFile {
 public:
  using OpenSimulatedFile::OpenSimulatedFile;

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override;
  Result<std::uint64_t> size() const override;
};

class SimulatedWritableFile final : public WritableFile, private OpenSimulatedFile {
 public:
  using OpenSimulatedFile::OpenSimulatedFile;

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override;
  Result<void> truncate(std::uint64_t size) override;
  // Nothing to do: any part of the unsynced bytes may survive a power cut anyway.
  void begin_writing_back(std::uint64_t, std::uint64_t) override {}
  void expect_small_writes(std::uint64_t, std::uint64_t) override {}
  Result<void> sync() override;

 private:
  // Runs `action` on the file, under the lock, unless an earlier sync failed.
  template <class Action>
  Result<void> change(Action action);

  std::optional<Error> poison_;  // the first failed sync
};

class SimulatedFileLock final : public FileLock {
 public:
  SimulatedFileLock(SimulatedFileSystem& fs, std::shared_ptr<const SimulatedNode> node)
      : fs_(fs), node_(std::move(node)) {}
  ~SimulatedFileLock() override;

 private:
  SimulatedFileSystem& fs_;
  const std::shared_ptr<const SimulatedNode> node_;
};

}  // namespace strata::env
