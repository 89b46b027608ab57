// Where replies go: a file descriptor with a buffer of limited size.
//
// Nothing is lost silently. The first error of a write is kept. What is printed after it is
// dropped, and flush() returns that error. If the reader has gone away (EPIPE), reader_gone() says
// so: this is how `| head` ends, and it is no error.
//
// Thread-safety: none; one owner. Blocks: when the reader is slow.
// Requires: SIGPIPE is ignored (run_program() does that). Else a reader that goes away ends the
// process.
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
  // It does not close `fd`.
  explicit Output(int fd) : fd_(fd), stream_buffer_(*this), stream_(&stream_buffer_) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void text(std::string_view text);
  void line(std::string_view text);
  // The same output, for code that prints to a stream, such as a FileDumper.
  std::ostream& stream() { return stream_; }

  // Ensures on success: the operating system has everything that was printed so far.
  Result<void> flush();

  // True after a failed write. Nothing more will be printed, so a caller with long output may stop.
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
