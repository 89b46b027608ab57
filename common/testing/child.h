// Runs programs from a test. Every wait has a deadline, and reaching it fails the test. Nothing
// sleeps: each wait is a poll() on the child's output. If a program cannot be started,
// std::system_error is thrown.
//
// Thread-safety: none; one owner.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::testing {

struct Ended {
  int status = -1;  // exit status, or 128 + the signal
  std::string out;
  std::string err;
};

// Runs `program` with `input` on its standard input, and waits for its end.
Ended run_program_with(const std::string& program, const std::vector<std::string>& arguments,
                       std::string_view input);

// A program on a pair of pipes. A test can write to it, read from it, and kill it.
class PipedChild {
 public:
  PipedChild(const std::string& program, const std::vector<std::string>& arguments);
  ~PipedChild();  // kills the program if it is still running
  PipedChild(const PipedChild&) = delete;
  PipedChild& operator=(const PipedChild&) = delete;

  // Returns false if the program no longer reads.
  bool write(std::string_view text);
  // The next line of its output, without the newline; nullopt at the end.
  std::optional<std::string> read_line();
  void close_input();
  pid_t process() const { return process_; }
  // The most memory that the program has had so far, in bytes. Requires: wait() was not called.
  std::uint64_t peak_memory() const;
  // Sends SIGKILL. What the program had written before can still be read.
  void kill();
  // Waits for the end of the program. Returns its exit status, or 128 + the signal.
  int wait();

 private:
  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string unread_;
};

// A program on a pseudo-terminal of its own, as a person would use it.
class TerminalChild {
 public:
  TerminalChild(const std::string& program, const std::map<std::string, std::string>& environment,
                const std::vector<std::string>& arguments = {});
  ~TerminalChild();
  TerminalChild(const TerminalChild&) = delete;
  TerminalChild& operator=(const TerminalChild&) = delete;

  void type(std::string_view keys);
  // Reads until `text` is on the screen, after the text that earlier calls have found. If it does
  // not come, returns false and adds a test failure that shows the screen.
  bool sees(std::string_view text);
  // Reads until the program ends. Returns its exit status, or 128 + the signal.
  int wait();

 private:
  bool read_more();

  pid_t process_ = -1;
  int terminal_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
};

}  // namespace strata::testing
