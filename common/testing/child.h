// Programs run from a test, with a deadline on whatever the test waits for. No sleeps: each
// wait is a poll() on the child's output, and running into the deadline fails the test. A program
// that cannot be started throws std::system_error.
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

// Runs `program` with `input` on its standard input, to its end.
Ended run_program_with(const std::string& program, const std::vector<std::string>& arguments,
                       std::string_view input);

// A program on a pair of pipes, to be talked to and killed.
class PipedChild {
 public:
  PipedChild(const std::string& program, const std::vector<std::string>& arguments);
  ~PipedChild();  // kills it, if it still runs
  PipedChild(const PipedChild&) = delete;
  PipedChild& operator=(const PipedChild&) = delete;

  // False if the program does not read any more.
  bool write(std::string_view text);
  // The next line of its output, without the newline; nullopt at the end.
  std::optional<std::string> read_line();
  void close_input();
  pid_t process() const { return process_; }
  // The most memory it has had so far, in bytes. Requires: it has not been waited for.
  std::uint64_t peak_memory() const;
  // SIGKILL; what it had written before can still be read.
  void kill();
  // Waits for its end; its exit status, or 128 + the signal.
  int wait();

 private:
  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string unread_;
};

// A program on a pseudo-terminal of its own, as a person would sit before it.
class TerminalChild {
 public:
  TerminalChild(const std::string& program, const std::map<std::string, std::string>& environment);
  ~TerminalChild();
  TerminalChild(const TerminalChild&) = delete;
  TerminalChild& operator=(const TerminalChild&) = delete;

  void type(std::string_view keys);
  // Reads until `text` is on the screen, behind what earlier calls have seen. False, with a
  // test failure that shows the screen, if it does not come.
  bool sees(std::string_view text);
  // Reads to the end of the program; its exit status, or 128 + the signal.
  int wait();

 private:
  bool read_more();

  pid_t process_ = -1;
  int terminal_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
};

}  // namespace strata::testing
