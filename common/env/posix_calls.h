// The system calls that PosixFileSystem makes. They are virtual, so that a test can make any of
// them fail, do only a part, or be interrupted: see testing/fault_calls.h.
//
// Each function returns what the system call of the same name returns: on failure -1 or null, and
// the reason in errno. A path that is not absolute is meant from the open directory `directory` on.
// Thread-safety: as the system calls.
#pragma once

#include <dirent.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>

#include <cstddef>

namespace strata::env {

class PosixCalls {
 public:
  virtual ~PosixCalls() = default;

  virtual int openat(int directory, const char* path, int flags, mode_t mode);
  virtual int close(int fd);
  virtual ssize_t pread(int fd, void* into, std::size_t count, off_t offset);
  virtual ssize_t pwrite(int fd, const void* from, std::size_t count, off_t offset);
  virtual int ftruncate(int fd, off_t size);
  virtual int fdatasync(int fd);
  virtual int sync_file_range(int fd, off64_t offset, off64_t size, unsigned flags);
  virtual int fsync(int fd);                                   // directories
  virtual void* mmap(int fd, std::size_t size, off_t offset);  // shared; MAP_FAILED
  virtual int munmap(void* address, std::size_t size);
  virtual int mlock(const void* address, std::size_t size);
  virtual int fstatfs(int fd, struct statfs* into);
  virtual void sync();  // of all files; it cannot report an error
  virtual int renameat(int from_directory, const char* from, int to_directory, const char* to);
  virtual int linkat(int from_directory, const char* from, int to_directory, const char* to);
  virtual int unlinkat(int directory, const char* path, int flags);
  virtual int mkdirat(int directory, const char* path, mode_t mode);
  virtual int fstatat(int directory, const char* path, struct stat* into);  // follows a link
  virtual int fstat(int fd, struct stat* into);
  virtual char* realpath(const char* path, char* into);  // `into` has room for PATH_MAX bytes
  virtual int flock(int fd, int operation);
  virtual DIR* fdopendir(int fd);           // on success the result owns `fd`
  virtual dirent* readdir(DIR* directory);  // null with errno 0 at the end
  virtual int closedir(DIR* directory);
};

// The real system calls. One object for the whole process; it has no state.
PosixCalls& posix_calls();

}  // namespace strata::env
