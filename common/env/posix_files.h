// The open files of PosixFileSystem, and what its calls have in common.
//
// Thread-safety and errors: as file_system.h says.
#pragma once

#include <cerrno>
#include <memory>
#include <string_view>

#include "env/file_system.h"
#include "env/posix_calls.h"

namespace strata::env {

// An error made from errno; its message names the call and the path. Reads errno before anything
// else can change it.
Error system_error(std::string_view call, const Path& path);

// Repeats a call as long as a signal interrupts it.
template <class Call>
auto retry_interrupted(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

// An open file. The destructor closes it.
class Descriptor {
 public:
  Descriptor(PosixCalls& calls, int fd, Path path)
      : calls_(calls), fd_(fd), path_(std::move(path)) {}
  ~Descriptor() { calls_.close(fd_); }  // its result does not matter: only a sync promises anything
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  PosixCalls& calls() const { return calls_; }
  int fd() const { return fd_; }
  const Path& path() const { return path_; }

 private:
  PosixCalls& calls_;
  const int fd_;
  const Path path_;
};

// Files on an open descriptor, which they close. `calls` must outlive them.
std::unique_ptr<RandomAccessFile> posix_readable(PosixCalls& calls, int fd, Path path);
std::unique_ptr<WritableFile> posix_writable(PosixCalls& calls, int fd, Path path);

}  // namespace strata::env
