#include "testing/fault_calls.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace strata::testing {
namespace {

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "no fault";
    case Fault::kIoError:
      return "EIO";
    case Fault::kInterrupted:
      return "EINTR";
    case Fault::kShort:
      return "a short read or write";
    case Fault::kDiskFull:
      return "ENOSPC";
    case Fault::kSyncError:
      return "EIO on sync";
  }
  return "unknown";
}

}  // namespace

std::string FaultPlan::describe() const {
  return fmt::format("{} at call {}{}", name_of(what), at, sticky ? " and all after it" : "");
}

Fault FaultCalls::next(Kind kind) {
  if (plan_.what == Fault::kSyncError && kind != Kind::kSyncs) return Fault::kNone;
  const std::uint64_t index = count_++;
  if (healed_ || index < plan_.at || (index > plan_.at && !plan_.sticky)) return Fault::kNone;
  switch (plan_.what) {
    case Fault::kIoError:
    case Fault::kSyncError:
      errno = EIO;
      return plan_.what;
    case Fault::kInterrupted:
      // An interrupted sync may have failed. The other calls have done nothing yet.
      if (kind == Kind::kSyncs || kind == Kind::kLooks) return Fault::kNone;
      // No real system interrupts a call for ever.
      if (plan_.sticky && index % 2 == 1) return Fault::kNone;
      errno = EINTR;
      return plan_.what;
    case Fault::kDiskFull:
      if (kind != Kind::kTakesSpace && kind != Kind::kWrites) return Fault::kNone;
      errno = ENOSPC;
      return plan_.what;
    case Fault::kShort:
      return kind == Kind::kReads || kind == Kind::kWrites ? plan_.what : Fault::kNone;
    case Fault::kNone:
      return Fault::kNone;
  }
  return Fault::kNone;
}

bool FaultCalls::fails(Kind kind) {
  const Fault fault = next(kind);
  return fault != Fault::kNone && fault != Fault::kShort;
}

int FaultCalls::openat(int directory, const char* path, int flags, mode_t mode) {
  const Kind kind = (flags & O_CREAT) != 0 ? Kind::kTakesSpace : Kind::kPlain;
  return fails(kind) ? -1 : PosixCalls::openat(directory, path, flags, mode);
}

ssize_t FaultCalls::pread(int fd, void* into, std::size_t count, off_t offset) {
  const Fault fault = next(Kind::kReads);
  if (fault == Fault::kShort) count = (count + 1) / 2;
  if (fault == Fault::kIoError || fault == Fault::kInterrupted) return -1;
  return PosixCalls::pread(fd, into, count, offset);
}

ssize_t FaultCalls::pwrite(int fd, const void* from, std::size_t count, off_t offset) {
  const Fault fault = next(Kind::kWrites);
  if (fault == Fault::kNone) return PosixCalls::pwrite(fd, from, count, offset);
  if (fault == Fault::kInterrupted) return -1;
  // A write that fails, or is short, may have written a part.
  const int reason = errno;
  const ssize_t part = PosixCalls::pwrite(fd, from, (count + 1) / 2, offset);
  errno = reason;
  return fault == Fault::kShort ? part : -1;
}

int FaultCalls::ftruncate(int fd, off_t size) {
  return fails(Kind::kPlain) ? -1 : PosixCalls::ftruncate(fd, size);
}
int FaultCalls::fdatasync(int fd) { return fails(Kind::kSyncs) ? -1 : PosixCalls::fdatasync(fd); }
int FaultCalls::fsync(int fd) { return fails(Kind::kSyncs) ? -1 : PosixCalls::fsync(fd); }
int FaultCalls::renameat(int from_directory, const char* from, int to_directory, const char* to) {
  return fails(Kind::kTakesSpace) ? -1
                                  : PosixCalls::renameat(from_directory, from, to_directory, to);
}
int FaultCalls::linkat(int from_directory, const char* from, int to_directory, const char* to) {
  return fails(Kind::kTakesSpace) ? -1 : PosixCalls::linkat(from_directory, from, to_directory, to);
}
int FaultCalls::unlinkat(int directory, const char* path, int flags) {
  return fails(Kind::kPlain) ? -1 : PosixCalls::unlinkat(directory, path, flags);
}
int FaultCalls::mkdirat(int directory, const char* path, mode_t mode) {
  return fails(Kind::kTakesSpace) ? -1 : PosixCalls::mkdirat(directory, path, mode);
}
int FaultCalls::fstatat(int directory, const char* path, struct stat* into) {
  return fails(Kind::kLooks) ? -1 : PosixCalls::fstatat(directory, path, into);
}
int FaultCalls::fstat(int fd, struct stat* into) {
  return fails(Kind::kLooks) ? -1 : PosixCalls::fstat(fd, into);
}
char* FaultCalls::realpath(const char* path, char* into) {
  return fails(Kind::kLooks) ? nullptr : PosixCalls::realpath(path, into);
}
int FaultCalls::flock(int fd, int operation) {
  return fails(Kind::kPlain) ? -1 : PosixCalls::flock(fd, operation);
}
DIR* FaultCalls::fdopendir(int fd) {
  return fails(Kind::kLooks) ? nullptr : PosixCalls::fdopendir(fd);
}
dirent* FaultCalls::readdir(DIR* directory) {
  return fails(Kind::kLooks) ? nullptr : PosixCalls::readdir(directory);
}

}  // namespace strata::testing
