#include "testing/kill_loop.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "env/random.h"
#include "testing/child.h"
#include "testing/sanitizers.h"

namespace strata::testing {
namespace {

constexpr int kKills = kSanitized ? 30 : 200;
constexpr std::uint64_t kWritesOfALife = 400;
constexpr std::uint64_t kVerbEvery = 50;

std::string value_of(std::uint64_t number) {
  return fmt::format("value {} {}", number, std::string(500, 'x'));
}

// How many writes the child finds. Their numbers must have no gap.
void count_what_is_there(PipedChild& child, std::uint64_t& found) {
  found = 0;
  ASSERT_TRUE(child.write("SCAN\n"));
  for (;; ++found) {
    const auto line = child.read_line();
    ASSERT_TRUE(line.has_value()) << "the program ended while it recovered";
    if (line->starts_with("(")) return;
    ASSERT_EQ(*line, fmt::format("k{:08}\t{}", found, value_of(found)));
  }
}

// The commands of one run, and which of their replies belong to a write.
struct Script {
  std::vector<std::string> commands;
  std::vector<bool> is_write;
};
Script script_from(std::uint64_t first, const std::string& verb) {
  Script script;
  const auto add = [&](std::string command, bool is_write) {
    script.commands.push_back(std::move(command));
    script.is_write.push_back(is_write);
  };
  for (std::uint64_t i = first; i < first + kWritesOfALife; ++i) {
    if (i % kVerbEvery == 0) add(verb + "\n", false);
    add(fmt::format("PUT k{:08} {}\n", i, value_of(i)), true);
  }
  return script;
}

// Writes until there are `die_after` answers, then kills the child. Returns how many writes were
// acknowledged in total.
std::uint64_t write_and_kill(PipedChild& child, const Script& script, std::uint64_t die_after) {
  // The writing is done by a thread of its own, so that the pipe is always full.
  std::jthread writer([&] {
    for (const std::string& command : script.commands)
      if (!child.write(command)) return;
  });
  std::uint64_t acknowledged = 0;
  std::uint64_t replies = 0;
  for (; replies < die_after; ++replies) {
    const auto line = child.read_line();
    EXPECT_EQ(line, "OK");
    if (!line) break;
    acknowledged += script.is_write[replies] ? 1 : 0;
  }
  child.kill();
  while (const auto line = child.read_line()) {  // answers that were sent before the kill
    if (*line == "OK") acknowledged += script.is_write[replies++] ? 1 : 0;
  }
  return acknowledged;
}

}  // namespace

void kill_again_and_again(const std::string& program, const std::vector<std::string>& arguments,
                          const std::string& verb) {
  env::Random random(71);
  std::uint64_t acknowledged = 0;  // the number of the write after the last OK
  std::uint64_t issued = 0;
  for (int kill = 0; kill < kKills && !::testing::Test::HasFailure(); ++kill) {
    SCOPED_TRACE(fmt::format("life {}", kill));
    PipedChild child(program, arguments);
    std::uint64_t found = 0;
    count_what_is_there(child, found);
    ASSERT_GE(found, acknowledged);
    ASSERT_LE(found, issued);
    issued = found + kWritesOfALife;
    acknowledged = found + write_and_kill(child, script_from(found, verb), random.below(300));
    EXPECT_EQ(child.wait(), 128 + SIGKILL);
  }
}

}  // namespace strata::testing
