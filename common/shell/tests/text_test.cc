#include "shell/text.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include "env/random.h"
#include "shell/command.h"

namespace strata::shell {
namespace {

using namespace std::string_literals;

TEST(Printable, ReadableTextPassesAsItIs) {
  for (const char* text : {"", "plain", "two words ", "\"quoted\"", "back\\slash", "Zo\xc3\xab",
                           "\xe2\x82\xac", "\xf0\x9f\x98\x80", "{\"name\": \"Ada\"}"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, AnythingElseIsQuotedAndEscaped) {
  EXPECT_EQ(printable("a\nb"), R"("a\x0ab")");
  EXPECT_EQ(printable("\0\x1b[2J\x7f"s), R"("\x00\x1b[2J\x7f")");
  EXPECT_EQ(printable("say \"\\\"\t"), R"("say \"\\\"\x09")");
  EXPECT_EQ(printable("\xc2\x9b"), R"("\xc2\x9b")");                  // a C1 control
  EXPECT_EQ(printable("\xc0\xaf"), R"("\xc0\xaf")");                  // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), R"("\xed\xa0\x80")");          // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), R"("\xf4\x90\x80\x80")");  // past U+10FFFF
  EXPECT_EQ(printable("\xe2\x82"), R"("\xe2\x82")");                  // cut short
  EXPECT_EQ(printable("\xc3\xab\xff"), "\"\xc3\xab\\xff\"");
}

TEST(Printable, EscapedTextPastedBackIsTheSameBytes) {
  env::Random random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random.below(12), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.next());
    const std::string line = "PUT k " + printable(bytes += '\0');
    const auto words = parse_arguments(split_command(line), ArgumentStyle::kKeyAndRest);
    ASSERT_TRUE(words) << words.error().message;
    ASSERT_EQ((*words)[1].text, bytes) << line;
  }
}

TEST(OneLine, HidesWhatIsNotReadable) { EXPECT_EQ(one_line("open \"a\nb\""), R"(open "a\x0ab")"); }

TEST(Excerpt, IsShort) {
  EXPECT_EQ(excerpt("FOO"), "'FOO'");
  EXPECT_EQ(excerpt(std::string(1000, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace strata::shell
