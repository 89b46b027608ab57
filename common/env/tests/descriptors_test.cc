#include "env/descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "env/posix_file_system.h"
#include "testing/temporary_directory.h"

namespace strata::env {
namespace {

// Standard input is closed as long as this object lives. The tests do not read it.
class WithoutInput {
 public:
  WithoutInput() : kept_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) {
    ::close(STDIN_FILENO);
  }
  ~WithoutInput() {
    ::dup2(kept_, STDIN_FILENO);
    ::close(kept_);
  }
  WithoutInput(const WithoutInput&) = delete;
  WithoutInput& operator=(const WithoutInput&) = delete;

 private:
  const int kept_;
};

TEST(Descriptors, NoFileOfOursTakesTheNumberOfAStandardStream) {
  const testing::TemporaryDirectory directory;
  const WithoutInput without;
  const auto file = posix_file_system().create(directory.path() / "file");
  const auto lock = posix_file_system().lock(directory.path() / "LOCK");
  EXPECT_TRUE(file && lock);
  EXPECT_EQ(::fcntl(STDIN_FILENO, F_GETFD), -1);
}

TEST(Descriptors, AClosedStreamIsTakenByOneThatFailsAsBefore) {
  const WithoutInput without;
  prepare_descriptors();
  EXPECT_NE(::fcntl(STDIN_FILENO, F_GETFD), -1);
  char byte = 0;
  EXPECT_EQ(::read(STDIN_FILENO, &byte, 1), -1);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace strata::env
