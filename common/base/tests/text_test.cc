#include "base/text.h"

#include <gtest/gtest.h>

#include "env/random.h"

namespace strata {
namespace {

using namespace std::string_literals;

TEST(Readable, KnowsTheEndsOfEveryLengthOfUtf8) {
  for (const char* text : {" ", "~", "\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(readable_size(text), std::string_view(text).size()) << printable(text);
}

TEST(Readable, LooksAtTheFrontOnly) {
  EXPECT_EQ(readable_size("a\xff"), 1u);
  EXPECT_EQ(readable_size("\xc3\xab\n"), 2u);
}

TEST(Readable, RefusesWhatRfc3629Forbids) {
  for (const std::string& text :
       {"\x80"s, "\xbf"s, "\xc0\x80"s, "\xc1\xbf"s, "\xe0\x9f\xbf"s, "\xf0\x8f\xbf\xbf"s,
        "\xed\xa0\x80"s, "\xed\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf8\x88\x80\x80\x80"s, "\xfe"s,
        "\xff"s, "\xc3"s, "\xc3("s, "\xe2\x82"s, "\xf0\x9f\x98"s})
    EXPECT_EQ(readable_size(text), 0u) << printable(text);
}

TEST(Readable, RefusesControlCharactersOfAllKinds) {
  for (int code = 0; code < 0x20; ++code)
    EXPECT_EQ(readable_size(std::string(1, static_cast<char>(code))), 0u);
  EXPECT_EQ(readable_size("\x7f"), 0u);
  for (int code = 0x80; code < 0xa0; ++code)  // C1, as UTF-8
    EXPECT_EQ(readable_size("\xc2" + std::string(1, static_cast<char>(code))), 0u);
}

TEST(Printable, ReadableTextPassesAsItIs) {
  for (const char* text : {"", "plain", "two words ", "a \"quote\"", "back\\slash", "Zo\xc3\xab",
                           "\xe2\x82\xac", "\xf0\x9f\x98\x80", "{\"name\": \"Ada\"}"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, AnythingElseIsQuotedAndEscaped) {
  EXPECT_EQ(printable("a\nb"), R"("a\x0ab")");
  EXPECT_EQ(printable("\0\x1b[2J\x7f"s), R"("\x00\x1b[2J\x7f")");
  EXPECT_EQ(printable("say \"\\\"\t"), R"("say \"\\\"\x09")");
  EXPECT_EQ(printable("\"quoted\""), R"("\"quoted\"")");
  EXPECT_EQ(printable(" indented"), R"(" indented")");
  EXPECT_EQ(printable("\xef\xbb\xbfPUT"), R"("\xef\xbb\xbfPUT")");    // a byte order mark
  EXPECT_EQ(printable("\xc2\x9b"), R"("\xc2\x9b")");                  // a C1 control
  EXPECT_EQ(printable("\xc0\xaf"), R"("\xc0\xaf")");                  // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), R"("\xed\xa0\x80")");          // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), R"("\xf4\x90\x80\x80")");  // past U+10FFFF
  EXPECT_EQ(printable("\xe2\x82"), R"("\xe2\x82")");                  // cut short
  EXPECT_EQ(printable("\xc3\xab\xff"), "\"\xc3\xab\\xff\"");
}

TEST(OneLine, HidesWhatIsNotReadable) {
  EXPECT_EQ(one_line("open \"a\nb\""), R"(open "a\x0ab")");
  EXPECT_EQ(one_line("\x1b]0;title\a"), R"(\x1b]0;title\x07)");
  EXPECT_EQ(one_line("Zo\xc3\xab \\ \xff"), "Zo\xc3\xab \\ \\xff");
}

TEST(JsonString, QuotesAndEscapes) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a \"b\" \\"), R"("a \"b\" \\")");
  EXPECT_EQ(json_string("\n\x1f\x7f\0"s), R"("\u000a\u001f\u007f\u0000")");
  EXPECT_EQ(json_string("Zo\xc3\xab"), "\"Zo\xc3\xab\"");
}

TEST(JsonString, PutsAReplacementForWhatIsNotUtf8) {
  EXPECT_EQ(json_string("a\xff"), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(json_string("\xc3"), "\"\xef\xbf\xbd\"");
}

TEST(Text, NoRandomBytesGetThroughUnescaped) {
  env::Random random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random.below(20), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.next());
    for (const std::string& text : {printable(bytes), one_line(bytes), json_string(bytes)})
      for (std::string_view rest = text; !rest.empty();) {
        const std::size_t size = readable_size(rest);
        ASSERT_GT(size, 0u) << "seed 11, round " << round;
        rest.remove_prefix(size);
      }
  }
}

}  // namespace
}  // namespace strata
