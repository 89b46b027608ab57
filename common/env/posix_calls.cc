#include "env/posix_calls.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
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
int PosixCalls::sync_file_range(int fd, off64_t offset, off64_t size, unsigned flags) {
  return ::sync_file_range(fd, offset, size, flags);
}
int PosixCalls::fsync(int fd) { return ::fsync(fd); }
void* PosixCalls::mmap(int fd, std::size_t size, off_t offset) {
  return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
}
int PosixCalls::munmap(void* address, std::size_t size) { return ::munmap(address, size); }
int PosixCalls::mlock(const void* address, std::size_t size) { return ::mlock(address, size); }
int PosixCalls::fstatfs(int fd, struct statfs* into) { return ::fstatfs(fd, into); }
void PosixCalls::sync() { ::sync(); }
int PosixCalls::rename(const char* from, const char* to) { return ::rename(from, to); }
int PosixCalls::link(const char* from, const char* to) { return ::link(from, to); }
int PosixCalls::unlink(const char* path) { return ::unlink(path); }
int PosixCalls::mkdir(const char* path, mode_t mode) { return ::mkdir(path, mode); }
int PosixCalls::rmdir(const char* path) { return ::rmdir(path); }
int PosixCalls::stat(const char* path, struct stat* into) { return ::stat(path, into); }
int PosixCalls::fstat(int fd, struct stat* into) { return ::fstat(fd, into); }
int PosixCalls::flock(int fd, int operation) { return ::flock(fd, operation); }
DIR* PosixCalls::opendir(const char* path) { return ::opendir(path); }
dirent* PosixCalls::readdir(DIR* directory) {
  errno = 0;
  return ::readdir(directory);
}

PosixCalls& posix_calls() {
  static PosixCalls calls;
  return calls;
}

}  // namespace strata::env
