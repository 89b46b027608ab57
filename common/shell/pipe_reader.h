// Lines from a pipe or a file, read in large pieces.
//
// A line is a view into the one buffer, so an ordinary line is never copied. A line past
// the limit is not kept: as soon as it is known to be too long its bytes are dropped and
// the rest is read past. The last line needs no newline.
//
// Invariant: capacity() <= limit + kChunkSize, whatever arrives.
#pragma once

#include <vector>

#include "shell/line_source.h"

namespace strata::shell {

class PipeReader final : public LineSource {
 public:
  static constexpr std::size_t kChunkSize = std::size_t{64} << 10;

  // Does not own `fd`. `limit` is the longest line in bytes, its newline not counted.
  explicit PipeReader(int fd, std::size_t limit = kMaxLineSize);

  Result<Line> next() override;
  bool interactive() const override { return false; }

  // Bytes of memory held for lines.
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
  bool dropping_ = false;    // the line being read is past the limit
};

}  // namespace strata::shell
