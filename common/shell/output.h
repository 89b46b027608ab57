// Where replies go: a file descriptor with a buffer of bounded size.
//
// Nothing is lost silently. The first write that fails is kept, what is printed after it
// is thrown away, and flush() answers with it. That the reader has gone away (EPIPE) is
// told apart, because it is how `| head` ends and no fault of anybody's.
//
// Thread-safety: none; one owner. Blocks: whenever the reader is slow.
// Requires: SIGPIPE is ignored (run_program does), or a reader that leaves ends the process.
#pragma once

#include <optional>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "base/result.h"

namespace strata::shell {

class Output {
 public:
  // Does not own `fd`.
  explicit Output(int fd) : fd_(fd), stream_buffer_(*this), stream_(&stream_buffer_) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void text(std::string_view text);
  void line(std::string_view text);
  // The same output, for code that prints to a stream: a FileDumper, for one.
  std::ostream& stream() { return stream_; }

  // Ensures on success: everything printed so far has been handed to the operating system.
  Result<void> flush();

  // Nothing more will be seen; long output may as well stop.
  bool failed() const { return failure_.has_value(); }
  bool reader_gone() const { return reader_gone_; }

 private:
  class StreamBuffer final : public std::streambuf {
   public:
    explicit StreamBuffer(Output& out) : out_(out) {}

   private:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* from, std::streamsize count) override;

    Output& out_;
  };

  void write_out(std::string_view text);
  bool wait_or_fail();

  const int fd_;
  std::string buffer_;
  std::optional<Error> failure_;
  bool reader_gone_ = false;
  StreamBuffer stream_buffer_;
  std::ostream stream_;
};

}  // namespace strata::shell
