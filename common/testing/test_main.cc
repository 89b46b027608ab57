// The main of every test program. Like GoogleTest's own, and it reports over a channel if whoever
// started the program asks for that: ./strata check, hunt, mark and proof do (see channel.py
// there).
//
// What a test prints proves nothing, since the code under test can print too. So the parent passes
// a socket, and in it one secret word for each thing that can happen. The program answers with the
// words of what did happen: a verdict that nobody gave cannot be guessed, and a verdict that is
// given makes this program forget the words of the others. The words are read from the socket
// before any constructor of ordinary priority runs, and stand neither in the environment nor in
// the arguments. The socket is closed in programs that a test starts, and a child that a test
// forks reports nothing.
//
// What this cannot do: hide the words from code that searches this process's memory for them.
//
// Thread-safety: GoogleTest calls a listener from the main thread only.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

constexpr const char* kVariable = "STRATA_TEST_CHANNEL";  // the number of the socket
constexpr std::size_t kWordSize = 32;

enum Event : std::size_t { kListed, kBegun, kPassed, kFailed, kSkipped, kEnded, kEvents };

struct Channel {
  int socket;  // -1: nobody listens
  pid_t owner;
  std::array<std::array<char, kWordSize>, kEvents> words;
  bool wants_list;

  void forget(Event event) { words[event].fill('-'); }

  void say(Event event, std::string_view name) {
    if (socket < 0 || ::getpid() != owner) return;
    std::string line(words[event].data(), kWordSize);
    line.append(" ").append(name).append("\n");
    for (std::string_view rest = line; !rest.empty();) {
      const ssize_t count = ::write(socket, rest.data(), rest.size());
      if (count <= 0) return;  // no answer is a bad answer
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    std::fill(line.begin(), line.end(), '-');
  }
};

// Without a constructor: it has to be there before the first of them runs.
constinit Channel channel{.socket = -1, .owner = 0, .words = {}, .wants_list = false};

// Reads exactly `size` bytes; false if they do not come.
bool read_all(int socket, char* to, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::read(socket, to, size);
    if (count <= 0) return false;
    to += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

// 101 is the first priority that is not the compiler's own.
__attribute__((constructor(101))) void open_channel() {
  const char* number = std::getenv(kVariable);
  if (number == nullptr) return;
  const int socket = std::atoi(number);
  ::unsetenv(kVariable);
  char wish = 0;
  if (::fcntl(socket, F_SETFD, FD_CLOEXEC) != 0 || !read_all(socket, &wish, 1)) return;
  for (auto& word : channel.words)
    if (!read_all(socket, word.data(), word.size())) return;
  channel.wants_list = wish == 'L';
  channel.owner = ::getpid();
  channel.socket = socket;
}

class Reporter : public ::testing::EmptyTestEventListener {
  static std::string name_of(const ::testing::TestInfo& test) {
    return std::string(test.test_suite_name()) + "." + test.name();
  }

  void OnTestStart(const ::testing::TestInfo& test) override { channel.say(kBegun, name_of(test)); }

  void OnTestEnd(const ::testing::TestInfo& test) override {
    const Event verdict = test.result()->Failed()    ? kFailed
                          : test.result()->Skipped() ? kSkipped
                                                     : kPassed;
    for (const Event other : {kPassed, kFailed, kSkipped})
      if (other != verdict) channel.forget(other);
    channel.say(verdict, name_of(test));
  }
};

void list_tests() {
  const auto& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const auto& suite = *all.GetTestSuite(i);
    for (int k = 0; k < suite.total_test_count(); ++k)
      channel.say(kListed, std::string(suite.name()) + "." + suite.GetTestInfo(k)->name());
  }
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  int status = 0;
  if (channel.wants_list) {
    list_tests();
  } else {
    // GoogleTest deletes it.
    ::testing::UnitTest::GetInstance()->listeners().Append(std::make_unique<Reporter>().release());
    status = RUN_ALL_TESTS();
  }
  channel.say(kEnded, "");
  return status;
}
