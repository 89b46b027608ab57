#include "testing/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <system_error>

namespace strata::testing {
namespace {

constexpr int kDeadlineMilliseconds = 120'000;

// Not -1, because kill(-1) would signal every process.
void kill_process(pid_t process) {
  if (process > 0) ::kill(process, SIGKILL);
}

int exit_status_of(pid_t process) {
  if (process <= 0) return -1;
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  pollfd ended{.fd = handle, .events = POLLIN, .revents = 0};
  if (::poll(&ended, 1, kDeadlineMilliseconds) == 0) {
    ADD_FAILURE() << "the program does not end";
    kill_process(process);
  }
  ::close(handle);
  int status = 0;
  if (::waitpid(process, &status, 0) != process) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Checks what fork() or forkpty() returned, and returns it if they succeeded.
pid_t started(pid_t process) {
  if (process < 0)
    throw std::system_error(errno, std::generic_category(), "a program cannot be started");
  return process;
}

// A file without a name, used in place of pipes. With pipes, parent and child could wait for each
// other if input and output are large.
int memory_file(std::string_view content) {
  const int fd = ::memfd_create("strata-test", MFD_CLOEXEC);
  EXPECT_EQ(::write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string content_of(int fd) {
  std::string content(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  ::close(fd);
  return content;
}

[[noreturn]] void execute(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> pointers{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  ::_exit(127);
}

}  // namespace

Ended run_program_with(const std::string& program, const std::vector<std::string>& arguments,
                       std::string_view input) {
  const int in = memory_file(input), out = memory_file(""), err = memory_file("");
  const pid_t process = started(::fork());
  if (process == 0) {
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    execute(program, arguments);
  }
  ::close(in);
  const int status = exit_status_of(process);
  return {status, content_of(out), content_of(err)};
}

TerminalChild::TerminalChild(const std::string& program,
                             const std::map<std::string, std::string>& environment,
                             const std::vector<std::string>& arguments) {
  const winsize size{.ws_row = 40, .ws_col = 200, .ws_xpixel = 0, .ws_ypixel = 0};
  process_ = started(::forkpty(&terminal_, nullptr, nullptr, &size));
  if (process_ != 0) return;
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  execute(program, arguments);
}

TerminalChild::~TerminalChild() {
  ::close(terminal_);
  if (process_ <= 0) return;
  kill_process(process_);
  ::waitpid(process_, nullptr, 0);
}

void TerminalChild::type(std::string_view keys) {
  ASSERT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

bool TerminalChild::sees(std::string_view text) {
  std::size_t found;
  while ((found = screen_.find(text, seen_)) == screen_.npos) {
    if (read_more()) continue;
    ADD_FAILURE() << "waited for: " << text << "\nscreen:\n" << screen_.substr(seen_);
    return false;
  }
  seen_ = found + text.size();
  return true;
}

int TerminalChild::wait() {
  while (read_more()) {
  }
  return exit_status_of(std::exchange(process_, -1));
}

// Returns false when the child has ended, and at the deadline, which fails the test.
bool TerminalChild::read_more() {
  pollfd readable{.fd = terminal_, .events = POLLIN, .revents = 0};
  if (::poll(&readable, 1, kDeadlineMilliseconds) != 1) {
    ADD_FAILURE() << "nothing came from the program before the deadline";
    kill_process(process_);
    return false;
  }
  std::array<char, 4096> piece;
  const ssize_t count = ::read(terminal_, piece.data(), piece.size());
  if (count <= 0) return false;  // EIO: the other side of the terminal is closed
  screen_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

PipedChild::PipedChild(const std::string& program, const std::vector<std::string>& arguments) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  EXPECT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
  EXPECT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
  process_ = started(::fork());
  if (process_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    execute(program, arguments);
  }
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  output_ = out[0];
}

PipedChild::~PipedChild() {
  if (process_ > 0) {
    kill();
    wait();
  }
  close_input();
  ::close(output_);
}

bool PipedChild::write(std::string_view text) {
  // If the reader has gone away, write() must fail and not end this process.
  static const auto ignored = ::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(ignored);
  while (!text.empty()) {
    const ssize_t count = ::write(input_, text.data(), text.size());
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::optional<std::string> PipedChild::read_line() {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd ready{output_, POLLIN, 0};
    if (::poll(&ready, 1, kDeadlineMilliseconds) <= 0) {
      ADD_FAILURE() << "the program does not answer";
      return std::nullopt;
    }
    std::array<char, 65536> buffer;
    const ssize_t count = ::read(output_, buffer.data(), buffer.size());
    if (count <= 0) return std::nullopt;
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void PipedChild::close_input() {
  if (input_ >= 0) ::close(input_);
  input_ = -1;
}

std::uint64_t PipedChild::peak_memory() const {
  std::ifstream status("/proc/" + std::to_string(process_) + "/status");
  for (std::string word; status >> word;)
    if (std::uint64_t kibibytes = 0; word == "VmHWM:" && status >> kibibytes)
      return kibibytes * 1024;
  ADD_FAILURE() << "the memory of the program is not known";
  return 0;
}

void PipedChild::kill() { kill_process(process_); }

int PipedChild::wait() {
  const int status = exit_status_of(process_);
  process_ = -1;
  return status;
}

}  // namespace strata::testing
