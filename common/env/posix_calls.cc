#include "env/posix_calls.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace strata::env {

int PosixCalls::openat(int directory, const char* path, int flags, mode_t mode) {
  return ::openat(directory, path, flags, mode);
}
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
int PosixCalls::renameat(int from_directory, const char* from, int to_directory, const char* to) {
  return ::renameat(from_directory, from, to_directory, to);
}
int PosixCalls::linkat(int from_directory, const char* from, int to_directory, const char* to) {
  return ::linkat(from_directory, from, to_directory, to, 0);
}
int PosixCalls::unlinkat(int directory, const char* path, int flags) {
  return ::unlinkat(directory, path, flags);
}
int PosixCalls::mkdirat(int directory, const char* path, mode_t mode) {
  return ::mkdirat(directory, path, mode);
}
int PosixCalls::fstatat(int directory, const char* path, struct stat* into) {
  return ::fstatat(directory, path, into, 0);
}
int PosixCalls::fstat(int fd, struct stat* into) { return ::fstat(fd, into); }
char* PosixCalls::realpath(const char* path, char* into) { return ::realpath(path, into); }
int PosixCalls::flock(int fd, int operation) { return ::flock(fd, operation); }
DIR* PosixCalls::fdopendir(int fd) { return ::fdopendir(fd); }
int PosixCalls::closedir(DIR* directory) { return ::closedir(directory); }
dirent* PosixCalls::readdir(DIR* directory) {
  errno = 0;
  return ::readdir(directory);
}

PosixCalls& posix_calls() {
  static PosixCalls calls;
  return calls;
}

}  // namespace strata::env
