#include "net_programs/log_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string>
#include <string_view>

namespace strata::net {
namespace {

// The descriptor to write to. Whether writing waits is a property of what was opened, which other
// processes may share. A pipe or a terminal can be opened once more, and that is ours.
int open_log() {
  struct stat found{};
  if (::fstat(STDERR_FILENO, &found) != 0) return STDERR_FILENO;
  if (!S_ISFIFO(found.st_mode) && !S_ISCHR(found.st_mode)) return STDERR_FILENO;
  const int ours = ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return ours < 0 ? STDERR_FILENO : ours;
}

// Without waiting, also if it is a socket, which cannot be opened once more.
ssize_t write_now(int file, std::string_view line) {
  const ssize_t sent = ::send(file, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 && errno == ENOTSOCK ? ::write(file, line.data(), line.size()) : sent;
}

}  // namespace

LogSink::LogSink() : file_(open_log()) {}

LogSink::~LogSink() {
  if (file_ != STDERR_FILENO) ::close(file_);
}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  if (left_out_ > 0) {
    if (!write(fmt::format("(lines left out, since nobody read the log: {})\n", left_out_)))
      return static_cast<void>(++left_out_);
    left_out_ = 0;
  }
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  if (!write({line.data(), line.size()})) ++left_out_;
}

// False: not now. A pipe takes up to PIPE_BUF bytes as a whole or not at all; a terminal may take a
// part of them.
bool LogSink::write(std::string_view line) const {
  constexpr std::string_view kCut = "...\n";
  std::string cut;
  if (line.size() > PIPE_BUF)
    line = cut = std::string(line.substr(0, PIPE_BUF - kCut.size())).append(kCut);
  pollfd ready{.fd = file_, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) != 1) return false;
  // Only what cannot be written now is counted: there is nobody to tell of any other error.
  const ssize_t written = write_now(file_, line);
  return written < 0 ? errno != EAGAIN : static_cast<std::size_t>(written) == line.size();
}

}  // namespace strata::net
