#include "shell/command.h"

#include <gmock/gmock.h>

namespace strata::shell {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> texts(std::string_view line, std::optional<std::size_t> rest) {
  const auto words = parse_arguments(split_command(line), rest);
  EXPECT_TRUE(words) << words.error().message;
  std::vector<std::string> result;
  for (const Word& word : words.value_or(Arguments{})) result.push_back(word.text);
  return result;
}

std::vector<std::string> words_of(std::string_view line) { return texts(line, {}); }
std::vector<std::string> put_of(std::string_view line) { return texts(line, 1); }

std::string error_of(std::string_view line, std::optional<std::size_t> rest = {}) {
  const auto words = parse_arguments(split_command(line), rest);
  EXPECT_FALSE(words);
  return words ? "" : words.error().message;
}

TEST(SplitCommand, TakesTheVerbAsTyped) {
  EXPECT_EQ(split_command("  gEt\tkey").verb, "gEt");
  EXPECT_EQ(split_command("QUIT").verb, "QUIT");
}

TEST(SplitCommand, FindsNoCommandInEmptyLinesAndComments) {
  for (const char* line : {"", " ", "\t \t", "#", "# PUT a b", "  # PUT a b"})
    EXPECT_TRUE(split_command(line).verb.empty()) << line;
}

TEST(Words, AreSeparatedByBlanks) {
  EXPECT_THAT(words_of("SCAN  a\t b "), ElementsAre("a", "b"));
  EXPECT_THAT(words_of("SCAN"), ElementsAre());
}

TEST(Words, PlainOnesAreTakenAsTheyAre) {
  EXPECT_THAT(words_of(R"(GET a\x41"b")"), ElementsAre(R"(a\x41"b")"));
  EXPECT_THAT(words_of("GET a\0b"s), ElementsAre("a\0b"s));
}

TEST(Words, QuotesHoldAnyBytes) {
  EXPECT_THAT(words_of(R"(GET "two words")"), ElementsAre("two words"));
  EXPECT_THAT(words_of(R"(GET "\x00\xFf\n\t\\\"" "")"), ElementsAre("\0\xff\n\t\\\""s, ""));
}

TEST(Words, AStarAtTheEndIsAWildcardUnlessEscaped) {
  const auto words =
      *parse_arguments(split_command(R"(SCAN a* * "b c*" "d\x2a" *e "f*\x00" "")"), {});
  std::vector<bool> wildcards;
  for (const Word& word : words) wildcards.push_back(word.wildcard);
  EXPECT_THAT(wildcards, ElementsAre(true, true, true, false, false, false, false));
}

TEST(Rest, IsVerbatim) {
  EXPECT_THAT(put_of(R"(PUT user:1 {"name": "Ada", "age": 36})"),
              ElementsAre("user:1", R"({"name": "Ada", "age": 36})"));
  EXPECT_THAT(put_of("PUT k  a  b \\x41 "), ElementsAre("k", "a  b \\x41 "));
}

TEST(Rest, MayBeQuoted) {
  EXPECT_THAT(put_of(R"(PUT "a b" "c\x00 d"  )"), ElementsAre("a b", "c\0 d"s));
  EXPECT_THAT(put_of(R"(PUT k "")"), ElementsAre("k", ""));
}

TEST(Rest, IsAbsentWhereOnlyBlanksFollow) { EXPECT_THAT(put_of("PUT k   "), ElementsAre("k")); }

TEST(BadArguments, AreExplained) {
  EXPECT_THAT(error_of(R"(GET "abc)"), HasSubstr("column 5: this quote is never closed"));
  EXPECT_THAT(error_of(R"(GET "abc\)"), HasSubstr("unknown escape"));
  EXPECT_THAT(error_of(R"(GET "abc\")"), HasSubstr("never closed"));
  EXPECT_THAT(error_of(R"(GET "a"b)"), HasSubstr("column 8: text touches the closing quote"));
  EXPECT_THAT(error_of(R"(GET "a\q")"), HasSubstr("column 7: unknown escape"));
  for (const char* line : {R"(GET "\x")", R"(GET "\x4")", R"(GET "\x4g")", R"(GET "\x)"})
    EXPECT_THAT(error_of(line), HasSubstr("two hexadecimal digits")) << line;
}

TEST(BadArguments, TextBehindAQuotedValueIsRefused) {
  EXPECT_THAT(error_of(R"(PUT k "hello" said Ada)", 1),
              HasSubstr("column 15: text after the closing quote"));
}

}  // namespace
}  // namespace strata::shell
