// System calls that fail as planned: the k-th call that the fault applies to, only that one or all
// calls from then on.
//
//   FaultCalls calls({.what = Fault::kIoError, .at = 17, .sticky = true});
//   env::PosixFileSystem fs(calls);
//
// sync_file_range() is only a hint, and nobody needs to know its result. So it never fails here.
//
// Thread-safety: as PosixCalls.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "env/posix_calls.h"

namespace strata::testing {

enum class Fault {
  kNone,
  kIoError,      // EIO
  kInterrupted,  // EINTR, before anything was done
  kShort,        // reads and writes do half of what was asked; other calls work
  kDiskFull,     // ENOSPC for calls that need space; other calls work
  kSyncError,    // EIO for fdatasync and fsync; only these are counted
};

struct FaultPlan {
  Fault what = Fault::kNone;
  std::uint64_t at = 0;  // which call, from 0
  bool sticky = false;   // whether all later calls fail, too

  std::string describe() const;
};

class FaultCalls final : public env::PosixCalls {
 public:
  explicit FaultCalls(FaultPlan plan) : plan_(plan) {}

  // How many calls were counted so far. A first run without a fault tells how many calls can fail.
  std::uint64_t count() const { return count_; }
  // From now on all calls work.
  void heal() { healed_ = true; }

  int openat(int directory, const char* path, int flags, mode_t mode) override;
  ssize_t pread(int fd, void* into, std::size_t count, off_t offset) override;
  ssize_t pwrite(int fd, const void* from, std::size_t count, off_t offset) override;
  int ftruncate(int fd, off_t size) override;
  int fdatasync(int fd) override;
  int fsync(int fd) override;
  int renameat(int from_directory, const char* from, int to_directory, const char* to) override;
  int linkat(int from_directory, const char* from, int to_directory, const char* to) override;
  int unlinkat(int directory, const char* path, int flags) override;
  int mkdirat(int directory, const char* path, mode_t mode) override;
  int fstatat(int directory, const char* path, struct stat* into) override;
  int fstat(int fd, struct stat* into) override;
  char* realpath(const char* path, char* into) override;
  int flock(int fd, int operation) override;
  DIR* fdopendir(int fd) override;
  dirent* readdir(DIR* directory) override;

 private:
  // Which faults apply to a call: whether it only looks (then it is never interrupted), takes
  // space, moves bytes, or syncs.
  enum class Kind { kPlain, kLooks, kTakesSpace, kReads, kWrites, kSyncs };

  // Counts the call. Returns the fault that this call must have; sets errno if it must fail.
  Fault next(Kind kind);
  bool fails(Kind kind);

  const FaultPlan plan_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> healed_{false};
};

}  // namespace strata::testing
