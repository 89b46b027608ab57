#include "wal/position.h"

#include <fmt/format.h>

#include <charconv>

namespace strata::wal {
namespace {

constexpr std::size_t kDigits = 20;

}  // namespace

std::string file_name(Position position, std::string_view suffix) {
  return fmt::format("{:0{}}{}", position.value(), kDigits, suffix);
}

std::optional<Position> parse_file_name(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, kDigits);
  const char* const digits_end = digits.data() + digits.size();
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits_end, position);
  if (error != std::errc() || end != digits_end) return std::nullopt;
  return Position(position);
}

}  // namespace strata::wal
