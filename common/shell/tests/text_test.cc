#include "shell/text.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include "env/random.h"
#include "shell/command.h"

namespace strata::shell {
namespace {

TEST(Printable, EscapedTextPastedBackIsTheSameBytes) {
  env::Random random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random.below(12), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.next());
    const std::string line = "PUT k " + printable(bytes += '\0');
    const auto words = parse_arguments(split_command(line), 1);
    ASSERT_TRUE(words) << words.error().message;
    ASSERT_EQ((*words)[1].text, bytes) << line;
  }
}

TEST(Excerpt, IsShort) {
  EXPECT_EQ(excerpt("FOO"), "'FOO'");
  EXPECT_EQ(excerpt(std::string(1000, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace strata::shell
