#include "env/posix_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace strata::env {

int PosixCalls::open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
int PosixCalls::close(int fd) { return ::close(fd); }
ssize_t PosixCalls::pread(int fd, void* into, std::size_t count, off_t offset) {
  return ::pread(fd, into, count, offset);
}
ssize_t PosixCalls::pwrite(int fd, const void* from, std::size_t count, off_t offset) {
  return ::pwrite(fd, from, count, offset);
}
int PosixCalls::ftruncate(int fd, off_t size) { return ::ftruncate(fd, size); }
int PosixCalls::fdatasync(int fd) { return ::fdatasync(fd); }
int PosixCalls::fsync(int fd) { return ::fsync(fd); }
int PosixCalls::rename(const char* from, const char* to) { return ::rename(from, to); }
int PosixCalls::unlink(const char* path) { return ::unlink(path); }
int PosixCalls::mkdir(const char* path, mode_t mode) { return ::mkdir(path, mode); }

PosixCalls& posix_calls() {
  static PosixCalls calls;
  return calls;
}

}  // namespace strata::env
