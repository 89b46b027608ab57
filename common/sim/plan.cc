#include "sim/plan.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ranges>
#include <utility>

#include "base/text.h"

namespace strata::sim {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits{
    {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}}};

Words words_of(std::string_view line) {
  Words words;
  for (const auto word : std::views::split(line, ' '))
    if (!word.empty()) words.emplace_back(word.begin(), word.end());
  return words;
}

class Parser {
 public:
  Result<Plan> parse(std::string_view text) {
    for (const auto range : std::views::split(text, '\n')) {
      ++line_;
      const std::string_view line(range.begin(), range.end());
      if (const auto taken = take(words_of(line.substr(0, line.find('#')))); !taken)
        return invalid_argument(fmt::format("line {}: {}", line_, taken.error().message));
    }
    return std::move(plan_);
  }

 private:
  Result<void> take(Words words) {
    if (words.empty()) return {};
    if (words.front() == "at") return take_step(std::move(words));
    if (words.size() != 2)
      return invalid_argument("it is neither \"at TIME …\" nor a setting and its value");
    if (!plan_.steps.empty()) return invalid_argument("a setting comes before all steps");
    if (words[0] == "seed") return take_seed(words[1]);
    if (plan_.settings.try_emplace(words[0], words[1]).second) return {};
    return invalid_argument(fmt::format("{} is set twice", printable(words[0])));
  }

  Result<void> take_seed(std::string_view text) {
    const auto seed = parse_number(text);
    if (!seed) return invalid_argument(fmt::format("{} is no seed", printable(text)));
    if (std::exchange(has_seed_, true)) return invalid_argument("seed is set twice");
    plan_.seed = *seed;
    return {};
  }

  Result<void> take_step(Words words) {
    const auto at = words.size() > 1 ? parse_moment(words[1]) : std::nullopt;
    if (!at)
      return invalid_argument(
          "behind \"at\" comes a time, a whole number of s, ms, us or ns, such as 120ms");
    if (words.size() == 2) return invalid_argument("nothing happens at this time");
    if (!plan_.steps.empty() && *at < plan_.steps.back().at)
      return invalid_argument(fmt::format("its time goes back: the step before it is at {}",
                                          text_of(plan_.steps.back().at)));
    words.erase(words.begin(), words.begin() + 2);
    plan_.steps.push_back({*at, std::move(words)});
    return {};
  }

  Plan plan_;
  bool has_seed_ = false;
  int line_ = 0;
};

}  // namespace

Result<Plan> parse_plan(std::string_view text) { return Parser().parse(text); }

std::string text_of(const Plan& plan) {
  std::string text = fmt::format("seed {}\n", plan.seed);
  for (const auto& [name, value] : plan.settings) text += fmt::format("{} {}\n", name, value);
  for (const Step& step : plan.steps)
    text += fmt::format("at {} {}\n", text_of(step.at), fmt::join(step.words, " "));
  return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Moment> parse_moment(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  const auto number = parse_number(digits);
  for (const auto& [unit, nanoseconds] : kUnits)
    if (number && text.substr(digits.size()) == unit &&
        *number <= static_cast<std::uint64_t>(INT64_MAX / nanoseconds))
      return Moment(static_cast<std::int64_t>(*number) * nanoseconds);
  return std::nullopt;
}

std::string text_of(Moment moment) {
  for (const auto& [unit, nanoseconds] : kUnits)
    if (moment.count() % nanoseconds == 0)
      return fmt::format("{}{}", moment.count() / nanoseconds, unit);
  return {};
}

}  // namespace strata::sim
