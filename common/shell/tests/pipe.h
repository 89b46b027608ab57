// Both ends of a pipe, closed at the end of its life.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace strata::shell::testing {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~Pipe() {
    close_read_end();
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read_end() { close_end(ends_[0]); }
  void close_write_end() { close_end(ends_[1]); }

  // Blocks while the pipe is full. Stops early if the reader has gone away.
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::write(write_end(), text.data(), text.size());
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // Returns up to `size` bytes that are in the pipe; blocks if it is empty. Returns nothing at the
  // end.
  std::string read(std::size_t size = 65536) {
    std::string text(size, '\0');
    const ssize_t count = ::read(read_end(), text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
  std::string read_all() {
    std::string all;
    for (std::string piece = read(); !piece.empty(); piece = read()) all += piece;
    return all;
  }
  // Returns one line, with its newline.
  std::string read_line() {
    std::string line;
    for (std::string byte = read(1); !byte.empty(); byte = read(1))
      if ((line += byte).back() == '\n') break;
    return line;
  }

 private:
  static void close_end(int& fd) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }

  std::array<int, 2> ends_{-1, -1};
};

}  // namespace strata::shell::testing
