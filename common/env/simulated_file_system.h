// A FileSystem on a simulated disk (simulated_disk.h). A test can watch it call by call, copy it at
// any call, cut its power, limit its size, flip a bit of it, make calls fail, and give them a
// price.
//
//   SimulatedFileSystem fs;
//   fs.on_change([&] { images.push_back(fs.after_power_cut({.data = Unsynced::kSubset})); });
//
// Thread-safety: as FileSystem. Paths are absolute; "/" exists and is durable.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>

#include "env/file_system.h"
#include "env/simulated_disk.h"
#include "env/simulated_disk_calls.h"

namespace strata::env {

class SimulatedFileSystem final : public FileSystem {
 public:
  SimulatedFileSystem();

  // `observer` runs after each call that changes names or bytes, or makes them durable. It runs on
  // the thread that made the call, before the call returns. It may copy this file system.
  void on_change(std::function<void()> observer);
  // How many such calls there were.
  std::uint64_t changes() const;

  // A copy of what is on the disk if the power is cut now. No file is locked in it. A copy has
  // neither a limit nor faults, and its calls cost nothing.
  std::unique_ptr<SimulatedFileSystem> after_power_cut(const PowerCut& cut) const;

  // A copy of what the next process finds if this one dies now. Unsynced changes are in it, and are
  // still unsynced. No file is locked.
  std::unique_ptr<SimulatedFileSystem> after_process_death() const;

  // From now on, a file cannot grow if all files together would have more than `bytes`
  // (kUnavailable).
  void set_capacity(std::uint64_t bytes);
  // ... than all files have now, and `bytes` more. Returns how many those are.
  std::uint64_t leave_room(std::uint64_t bytes);
  // Whether a file could not grow, since this function was last called.
  bool take_was_full();

  // The files that are open, those for reading and those for writing.
  std::uint64_t open_files() const { return open_files_.load(); }

  // Makes the `index`-th call of a kind from now fail with kIo (0: the next one). A sync loses the
  // bytes that it should have written, and names stay unsynced; a write may write the first half;
  // any other call does nothing. One fault of each kind may be pending.
  void fail_call(DiskCall kind, std::uint64_t index);
  // No call fails any more.
  void fail_nothing();
  // Returns true while that call has not happened yet.
  bool fault_pending(DiskCall kind) const;

  // Gives each later call of a kind a cost in virtual time; at first, calls cost nothing. A call
  // that fails costs as much, unless it found the disk full or a name missing or in use.
  void set_cost(DiskCall kind, DiskCallCost cost);
  // What all calls have cost since this function was last called. No call really waits.
  std::chrono::nanoseconds take_busy_time();
  std::chrono::nanoseconds busy_time() const;  // the same, and it goes on being summed up

  // Two disks with the same fingerprint have the same names and bytes, except for a chance of
  // 2^-64.
  std::uint64_t fingerprint() const;

  // For tests that damage a file. Requires: the file exists.
  Bytes content(const Path& path) const;
  void set_content(const Path& path, Bytes bytes);

  // Flips a bit of what a power cut would leave of the file, as time does to a disk. Readers see it
  // unless they see an unsynced change there. Requires: the file exists and has that safe byte.
  void flip_bit(const BitPlace& place);
  // Flips one of the safe bits of all files; each has the same chance. Returns where it was, or
  // nullopt if there is none.
  std::optional<BitPlace> flip_some_bit(std::uint64_t seed);

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
  // This same object: a test that opens a store here renames no directory behind its back.
  Result<std::shared_ptr<FileSystem>> hold(const Path& directory) override;

 private:
  friend class OpenSimulatedFile;
  friend class SimulatedReadableFile;
  friend class SimulatedWritableFile;
  friend class SimulatedFileLock;
  using NodePtr = std::shared_ptr<SimulatedNode>;

  explicit SimulatedFileSystem(NodePtr root);

  NodePtr find(const Path& path) const;  // null if there is none
  Result<NodePtr> find_file(std::string_view call, const Path& path) const;
  Result<SimulatedDirectory*> find_parent(const Path& path) const;
  std::uint64_t room() const;
  Result<void> make_room(std::uint64_t more);
  void changed();  // requires: mutex_ is not held

  std::atomic<std::uint64_t> open_files_{0};
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  NodePtr root_;
  struct Locks {
    LockKind kind;
    std::uint64_t count;
  };
  std::map<std::shared_ptr<const SimulatedNode>, Locks> locked_;
  std::uint64_t capacity_ = ~std::uint64_t{0};
  bool was_full_ = false;
  SimulatedDiskCalls calls_;
  std::uint64_t changes_ = 0;
  std::function<void()> observer_;
};

}  // namespace strata::env
