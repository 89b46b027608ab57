#include "base/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/text.h"

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Checks the JSON that a trace may hold: one object of strings and whole numbers.
class LineChecker {
 public:
  explicit LineChecker(std::string_view line) : rest_(line) {}

  bool is_object() {
    if (!take('{')) return false;
    do {
      skip_spaces();
      if (!is_string() || !take(':')) return false;
      skip_spaces();
      if (!is_number() && !is_string()) return false;
    } while (take(','));
    return take('}') && rest_ == "\n";
  }

 private:
  bool take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  bool is_number() {
    const std::size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(size);
    return size > 0;
  }
  bool is_escape() {
    if (take('"') || take('\\')) return true;
    if (!take('u') || rest_.find_first_not_of("0123456789abcdef") < 4) return false;
    rest_.remove_prefix(4);
    return true;
  }
  bool is_string() {
    if (!take('"')) return false;
    while (!take('"')) {
      if (rest_.empty()) return false;
      const bool escaped = take('\\');
      if (escaped && !is_escape()) return false;
      if (escaped) continue;
      const std::size_t size = readable_size(rest_);
      if (size == 0) return false;
      rest_.remove_prefix(size);
    }
    return true;
  }

  std::string_view rest_;
};

class TraceTest : public ::testing::Test {
 protected:
  Trace make(std::string_view program) {
    return Trace(
        program, [this](std::string_view line) { lines_.emplace_back(line); },
        [this] { return now_; });
  }

  std::vector<std::string> lines_;
  std::chrono::nanoseconds now_{5'000'000};
};

TEST_F(TraceTest, BeginsWithTheFormatAndTheProgram) {
  const Trace trace = make("week01-repl");
  EXPECT_THAT(lines_, ElementsAre("{\"strata_trace\": 1, \"program\": \"week01-repl\"}\n"));
}

TEST_F(TraceTest, CountsMicrosecondsFromItsStart) {
  Trace trace = make("p");
  now_ += std::chrono::nanoseconds(1'503'999);
  trace.event("append", {{"position", std::uint64_t{0}}, {"size", std::uint64_t{64}}});
  EXPECT_EQ(lines_.back(),
            "{\"at\": 1503, \"event\": \"append\", \"position\": 0, \"size\": 64}\n");
}

TEST_F(TraceTest, EveryLineIsOneJsonObjectWhateverItCarries) {
  Trace trace = make("\"quoted\"\n\xff");
  trace.event("plain");
  trace.event("bytes", {{"key", "\x01\"\\\n\xff"}, {"value", "Zo\xc3\xab"}});
  trace.event("\x1b", {{"", ~std::uint64_t{0}}});
  ASSERT_EQ(lines_.size(), 4u);
  for (const std::string& line : lines_) EXPECT_TRUE(LineChecker(line).is_object()) << line;
}

TEST_F(TraceTest, IsSilentFromItsStopUntilItsResumption) {
  Trace trace = make("p");
  trace.stop_after("power_cut");
  trace.event("lost");
  trace.resume();
  trace.event("opening");
  EXPECT_THAT(lines_,
              ElementsAre(HasSubstr("\"p\""), HasSubstr("power_cut"), HasSubstr("opening")));
}

TEST_F(TraceTest, LinesOfManyThreadsDoNotMix) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kEvents = 500;
  std::string file;  // unguarded: the trace writes one line at a time
  Trace trace(
      "p",
      [&](std::string_view line) {
        for (const char c : line) file += c;
      },
      [] { return std::chrono::nanoseconds(0); });
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t number = 0; number < kThreads; ++number)
      threads.emplace_back([&trace, number] {
        for (std::uint64_t i = 0; i < kEvents; ++i)
          trace.event("step", {{"thread", number}, {"text", "some text"}});
      });
  }
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < file.size(); ++count) {
    const std::size_t end = file.find('\n', at) + 1;
    const std::string line = file.substr(at, end - at);
    ASSERT_TRUE(LineChecker(line).is_object()) << line;
    at = end;
  }
  EXPECT_EQ(count, 1 + kThreads * kEvents);
}

}  // namespace
}  // namespace strata
