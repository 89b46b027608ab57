#include "shell/text.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include "env/random.h"
#include "shell/command.h"

namespace strata::shell {
namespace {

TEST(Printable, WhatIsPrintedCanBePastedBack) {
  constexpr std::string_view kOften = "\" \\xv0d*\r\n\t";
  env::Random random(7);
  for (int round = 0; round < 4000; ++round) {
    std::string bytes(1 + random.below(12), '\0');
    for (char& byte : bytes)
      byte =
          round % 2 == 0 ? static_cast<char>(random.next()) : kOften[random.below(kOften.size())];
    const std::string line = "PUT k " + printable(bytes);
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
