#include "net_world/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sim/disk.h"

namespace strata::world {
namespace {

using env::Random;
using sim::Plan;
using sim::Words;

// A healed world waits until the longest fault is over.
constexpr sim::Moment kLongest = std::chrono::seconds(10);
constexpr std::uint64_t kMostTimes = 1000;

}  // namespace

std::vector<std::string> up_to(std::uint64_t most) {
  std::vector<std::string> numbers;
  for (std::uint64_t number = 1; number <= most; ++number)
    numbers.push_back(std::to_string(number));
  return numbers;
}

sim::Setting setting(std::string name, std::string meaning, std::vector<std::string> values) {
  return {.name = std::move(name),
          .meaning = std::move(meaning),
          .simplest = values.front(),
          .draw = [values](Random& random) { return values[random.below(values.size())]; },
          .is_valid =
              [values](std::string_view text) {
                return std::ranges::find(values, text) != values.end();
              }};
}

Word one_of(std::string usage, std::string what, const std::vector<std::string>& names) {
  return {std::move(usage),
          [what = std::move(what), names](std::string_view word, const Plan&) -> Result<void> {
            if (std::ranges::find(names, word) != names.end()) return {};
            return invalid_argument(fmt::format("there is no {} {}", what, printable(word)));
          },
          [names](Random& random, const Plan&) { return names[random.below(names.size())]; }};
}

Word number(std::string usage, std::uint64_t first, std::uint64_t last) {
  return {
      std::move(usage),
      [](std::string_view word, const Plan&) -> Result<void> {
        const auto number = sim::parse_number(word);
        if (number && *number <= 1'000'000) return {};
        return invalid_argument(fmt::format("{} is no number up to a million", printable(word)));
      },
      [first, last](Random& random, const Plan&) {
        return std::to_string(first + random.below(last - first + 1));
      }};
}
Word factor(std::string usage, std::uint64_t first, std::uint64_t last) {
  return {std::move(usage),
          [](std::string_view word, const Plan&) -> Result<void> {
            const auto number = sim::parse_number(word);
            if (number && *number > 0 && *number <= kMostTimes) return {};
            return invalid_argument(fmt::format("{} is none of 1 to 1000", printable(word)));
          },
          [first, last](Random& random, const Plan&) {
            return std::to_string(first + random.below(last - first + 1));
          }};
}
Word time(std::uint64_t most_ms) {
  return {"TIME",
          [](std::string_view word, const Plan&) -> Result<void> {
            const auto time = sim::parse_moment(word);
            if (time && *time <= kLongest) return {};
            return invalid_argument(
                fmt::format("{} is no time up to 10s, such as 120ms", printable(word)));
          },
          [most_ms](Random& random, const Plan&) {
            return fmt::format("{}ms", 1 + random.below(most_ms));
          }};
}
Word disk_call() {
  return {fmt::format("{}", fmt::join(sim::kDiskCalls, "|")),
          [](std::string_view word, const Plan&) -> Result<void> {
            if (sim::parse_disk_call(word)) return {};
            return invalid_argument(fmt::format("{} is no kind of call", printable(word)));
          },
          [](Random& random, const Plan&) {
            return sim::kDiskCalls[random.below(sim::kDiskCalls.size())];
          }};
}

sim::Verb fault(const std::string& verb, const std::vector<Word>& words, std::string meaning,
                double most_a_second, std::uint64_t one_world_in) {
  std::string usage = verb;
  for (const Word& word : words) usage += " " + word.usage;
  return {.usage = usage,
          .meaning = std::move(meaning),
          .is_fault = true,
          .one_world_in = one_world_in,
          .most_a_second = most_a_second,
          .draw =
              [verb, words](Random& random, const Plan& plan) {
                Words drawn{verb};
                for (const Word& word : words) drawn.push_back(word.draw(random, plan));
                return drawn;
              },
          .is_mine = [verb](const Words& given) { return given.front() == verb; },
          .check = [usage, words](const Words& given, const Plan& plan) -> Result<void> {
            if (given.size() != words.size() + 1)
              return invalid_argument(fmt::format("it should be: {}", usage));
            for (std::size_t i = 0; i < words.size(); ++i)
              STRATA_TRY(words[i].check(given[i + 1], plan));
            return {};
          }};
}

}  // namespace strata::world
