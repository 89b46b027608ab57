#include "shell/output.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace strata::shell {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10;

}  // namespace

void Output::text(std::string_view text) {
  if (buffer_.size() + text.size() > kBufferSize) {
    write_out(buffer_);
    buffer_.clear();
  }
  if (text.size() > kBufferSize)
    write_out(text);
  else
    buffer_ += text;
}

void Output::line(std::string_view text) {
  this->text(text);
  this->text("\n");
}

Result<void> Output::flush() {
  write_out(buffer_);
  buffer_.clear();
  if (failure_) return *failure_;
  return {};
}

void Output::write_out(std::string_view text) {
  while (!text.empty() && !failure_) {
    const ssize_t count = ::write(fd_, text.data(), text.size());
    if (count >= 0)
      text.remove_prefix(static_cast<std::size_t>(count));
    else if (!wait_or_fail())
      return;
  }
}

// Called after a write that failed; errno has the reason. Returns true if it should be tried again.
bool Output::wait_or_fail() {
  if (errno == EINTR) return true;
  if (errno == EAGAIN) {  // another program made the descriptor non-blocking
    pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
    ::poll(&writable, 1, -1);
    return true;
  }
  reader_gone_ = errno == EPIPE;
  failure_ = io_error(
      fmt::format("cannot write to standard output: {}", std::generic_category().message(errno)));
  return false;
}

Output::StreamBuffer::int_type Output::StreamBuffer::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  const char byte = traits_type::to_char_type(c);
  out_.text({&byte, 1});
  return c;
}

std::streamsize Output::StreamBuffer::xsputn(const char* from, std::streamsize count) {
  out_.text({from, static_cast<std::size_t>(count)});
  return count;
}

}  // namespace strata::shell
