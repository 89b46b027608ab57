#include "shell/command.h"

#include <fmt/format.h>

#include <optional>

#include "shell/text.h"

namespace strata::shell {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// A place in a line. The functions that take something move the place to just after it.
class Scanner {
 public:
  Scanner(std::string_view line, std::size_t at) : line_(line), at_(at) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == line_.size(); }
  char peek() const { return line_[at_]; }

  void skip_blanks() {
    while (!at_end() && is_blank(peek())) ++at_;
  }

  std::string_view take_plain() {
    const std::size_t start = at_;
    while (!at_end() && !is_blank(peek())) ++at_;
    return line_.substr(start, at_ - start);
  }

  std::string_view take_rest() {
    const std::string_view rest = line_.substr(at_);
    at_ = line_.size();
    return rest;
  }

  Result<Word> take_word();

  Error error_at(std::size_t offset, std::string_view message) const {
    return invalid_argument(fmt::format("column {}: {}", offset + 1, message));
  }

 private:
  Result<Word> take_quoted();
  Result<char> take_escape();
  Result<char> take_hex_escape(std::size_t start);

  std::string_view line_;
  std::size_t at_;
};

Result<Word> Scanner::take_word() {
  if (peek() == '"') return take_quoted();
  const std::string_view plain = take_plain();
  return Word{std::string(plain), false, plain.ends_with('*')};
}

Result<Word> Scanner::take_quoted() {
  const std::size_t opening = at_++;
  Word word{.text = "", .quoted = true};
  while (!at_end() && peek() != '"') {
    word.wildcard = peek() == '*';
    if (peek() == '\\') {
      STRATA_TRY(const char byte, take_escape());
      word.text += byte;
    } else {
      word.text += line_[at_++];
    }
  }
  if (at_end()) return error_at(opening, R"(this quote is never closed; end the text with ")");
  ++at_;
  if (!at_end() && !is_blank(peek()))
    return error_at(at_, R"(text touches the closing quote; put a space between, )"
                         R"(or write \" for a quote inside the text)");
  return word;
}

Result<char> Scanner::take_escape() {
  const std::size_t start = at_++;
  switch (at_end() ? '\0' : line_[at_++]) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '\\':
      return '\\';
    case '"':
      return '"';
    case 'x':
      return take_hex_escape(start);
    default:
      return error_at(start, R"(unknown escape; there are \xNN, \n, \t, \\ and \")");
  }
}

Result<char> Scanner::take_hex_escape(std::size_t start) {
  const std::string_view digits = line_.substr(at_, 2);
  const auto high = digits.size() == 2 ? hex_digit(digits[0]) : std::nullopt;
  const auto low = digits.size() == 2 ? hex_digit(digits[1]) : std::nullopt;
  if (!high || !low) return error_at(start, R"(\x needs two hexadecimal digits, as in \x0a)");
  at_ += 2;
  return static_cast<char>(*high << 4 | *low);
}

Result<Word> take_rest_of_line(Scanner& scanner) {
  if (scanner.peek() != '"') return Word{std::string(scanner.take_rest())};
  STRATA_TRY(Word word, scanner.take_word());
  scanner.skip_blanks();
  if (!scanner.at_end())
    return scanner.error_at(
        scanner.at(), R"(text after the closing quote; write \" for a quote inside the text)");
  return word;
}

}  // namespace

Command split_command(std::string_view line) {
  Scanner scanner(line, 0);
  scanner.skip_blanks();
  if (scanner.at_end() || scanner.peek() == '#') return {.line = line, .verb = {}};
  const std::string_view verb = scanner.take_plain();
  return {line, verb, scanner.at()};
}

Result<Arguments> parse_arguments(const Command& command, std::optional<std::size_t> rest) {
  Scanner scanner(command.line, command.arguments_at);
  Arguments words;
  for (scanner.skip_blanks(); !scanner.at_end(); scanner.skip_blanks()) {
    STRATA_TRY(Word word, words.size() == rest ? take_rest_of_line(scanner) : scanner.take_word());
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace strata::shell
