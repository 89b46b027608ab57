#include "shell/pipe_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace strata::shell {
namespace {

// If a long line made the buffer larger than this, the buffer is freed after that line.
constexpr std::size_t kKeptCapacity = 16 * PipeReader::kChunkSize;

}  // namespace

PipeReader::PipeReader(int fd, std::size_t limit) : fd_(fd), limit_(limit), buffer_(kChunkSize) {}

Result<Line> PipeReader::next() {
  if (begin_ == end_) release_large_buffer();
  while (true) {
    const void* newline = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
    if (newline)
      return take_line(
          static_cast<std::size_t>(static_cast<const char*>(newline) - (buffer_.data() + begin_)));
    scanned_ = end_;
    drop_if_too_long();
    make_room();
    STRATA_TRY(const std::size_t count, fill());
    if (count == 0) return take_last_line();
    end_ += count;
  }
}

Line PipeReader::take_line(std::size_t size) {
  std::string_view text(buffer_.data() + begin_, size);
  begin_ = scanned_ = begin_ + size + 1;
  if (std::exchange(dropping_, false) || size > limit_) return {Line::Kind::kTooLong, {}};
  if (text.ends_with('\r')) text.remove_suffix(1);
  return {Line::Kind::kText, text};
}

Line PipeReader::take_last_line() {
  const std::string_view text(buffer_.data() + begin_, end_ - begin_);
  begin_ = scanned_ = end_;
  if (std::exchange(dropping_, false)) return {Line::Kind::kTooLong, {}};
  if (text.empty()) return {Line::Kind::kEnd, {}};
  return {Line::Kind::kText, text};
}

void PipeReader::drop_if_too_long() {
  if (end_ - begin_ > limit_) dropping_ = true;
  if (!dropping_) return;
  begin_ = scanned_ = end_ = 0;
  release_large_buffer();
}

// Ensures: there is room after end_. The buffer grows only if one line fills it completely. It
// doubles each time, up to the limit plus one chunk.
void PipeReader::make_room() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (end_ < buffer_.size()) return;
  std::vector<char> larger(std::min(2 * buffer_.size(), limit_ + kChunkSize));
  std::memcpy(larger.data(), buffer_.data(), end_);
  buffer_ = std::move(larger);
}

// Requires: the buffer has no bytes that were read but not returned.
void PipeReader::release_large_buffer() {
  begin_ = scanned_ = end_ = 0;
  if (buffer_.size() > kKeptCapacity) buffer_ = std::vector<char>(kChunkSize);
}

Result<std::size_t> PipeReader::fill() {
  while (true) {
    const ssize_t count = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) {  // another program made the descriptor non-blocking
      pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
      ::poll(&readable, 1, -1);
    } else if (errno != EINTR) {
      return io_error(
          fmt::format("cannot read standard input: {}", std::generic_category().message(errno)));
    }
  }
}

}  // namespace strata::shell
