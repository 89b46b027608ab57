// Lines from a pipe or a file, read in large pieces.
//
// A line is a view into the buffer, so an ordinary line is never copied. A line that is too long is
// not kept: its bytes are dropped as soon as it exceeds the limit, and so is the rest of it. The
// last line needs no newline.
//
// Thread-safety: none; one owner. Invariant: capacity() <= limit + kChunkSize, for any input.
#pragma once

#include <vector>

#include "shell/line_source.h"

namespace strata::shell {

class PipeReader final : public LineSource {
 public:
  static constexpr std::size_t kChunkSize = std::size_t{64} << 10;

  // It does not close `fd`. `limit`: the longest line in bytes, without its newline.
  explicit PipeReader(int fd, std::size_t limit = kMaxLineSize);

  Result<Line> next() override;
  bool interactive() const override { return false; }

  // The size of the buffer in bytes.
  std::size_t capacity() const { return buffer_.capacity(); }

 private:
  Line take_line(std::size_t size);
  Line take_last_line();
  void drop_if_too_long();
  void make_room();
  void release_large_buffer();
  Result<std::size_t> fill();

  const int fd_;
  const std::size_t limit_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // of the line being read
  std::size_t scanned_ = 0;  // no newline in [begin_, scanned_)
  std::size_t end_ = 0;      // of the bytes read
  bool dropping_ = false;    // the line being read is too long
};

}  // namespace strata::shell
