// A lock between processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "env/posix_file_system.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::env {
namespace {

using testing::FailsWith;
using testing::IsOk;

// A process that holds the lock on `path` from start() until it is killed.
class Holder {
 public:
  explicit Holder(const Path& path) : path_(path) {}
  ~Holder() { kill(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  // Returns once the lock is held.
  void start() {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) hold(pipe[1]);
    ::close(pipe[1]);
    char answer = 'n';
    EXPECT_EQ(::read(pipe[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    ::close(pipe[0]);
  }

  // Like a crash: nothing is cleaned up.
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

 private:
  [[noreturn]] void hold(int answer_to) const {
    const auto lock = posix_file_system().lock(path_);
    const char answer = lock ? 'y' : 'n';
    if (::write(answer_to, &answer, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }

  const Path path_;
  pid_t child_ = -1;
};

TEST(PosixLock, KeepsOtherProcessesOutUntilTheHolderDies) {
  const testing::TemporaryDirectory directory;
  const Path path = directory.path() / "LOCK";
  Holder holder(path);
  ASSERT_NO_FATAL_FAILURE(holder.start());
  const auto refused = posix_file_system().lock(path);
  ASSERT_THAT(refused, FailsWith(ErrorCode::kConflict));
  EXPECT_EQ(refused.error().message, path.string() + " is locked by another process");
  holder.kill();
  EXPECT_THAT(posix_file_system().lock(path), IsOk());
}

TEST(PosixLock, TheFileIsLeftBehindAndMeansNothing) {
  const testing::TemporaryDirectory directory;
  const Path path = directory.path() / "LOCK";
  {
    EXPECT_THAT(posix_file_system().lock(path), IsOk());
  }
  EXPECT_EQ(posix_file_system().kind_of(path).value(), FileKind::kFile);
  EXPECT_THAT(posix_file_system().lock(path), IsOk());
}

}  // namespace
}  // namespace strata::env
