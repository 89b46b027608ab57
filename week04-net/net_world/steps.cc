#include "net_world/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "net_world/client.h"

namespace strata::world {
namespace {

using env::Random;
using sim::Plan;
using sim::Words;

constexpr std::uint64_t kMostClients = 9;
// A healed world waits until the longest fault is over.
constexpr sim::Moment kLongest = std::chrono::seconds(10);
constexpr std::uint64_t kMostTimes = 1000;

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

std::string some_client(Random& random, const Plan& plan) {
  return fmt::format("c{}", 1 + random.below(clients_of(plan)));
}
std::string some_key(Random& random) { return fmt::format("k{}", 1 + random.below(kKeys)); }

// ---- What clients do: "cN VERB KEY…"

sim::Verb action(std::string verb, std::size_t keys, double most_a_second, std::string meaning) {
  return {.usage = fmt::format("cN {}{}", verb,
                               keys == 0   ? ""
                               : keys == 1 ? " KEY"
                                           : " KEY KEY"),
          .meaning = std::move(meaning),
          .is_fault = false,
          .most_a_second = most_a_second,
          .draw =
              [verb, keys](Random& random, const Plan& plan) {
                Words words{some_client(random, plan), verb};
                while (words.size() < keys + 2)
                  if (std::string key = some_key(random); key != words.back())
                    words.push_back(std::move(key));
                return words;
              },
          .is_mine = [verb](const Words& words) { return words.size() > 1 && words[1] == verb; },
          .check = [keys](const Words& words, const Plan& plan) -> Result<void> {
            if (!client_in(words[0], plan))
              return invalid_argument(fmt::format("there is no client {}", printable(words[0])));
            if (Client::is_action({words.begin() + 1, words.end()})) return {};
            return invalid_argument(fmt::format("{} takes {}", words[1],
                                                keys == 0   ? "no key"
                                                : keys == 1 ? "one key"
                                                            : "two keys"));
          }};
}

// ---- What befalls them: "VERB LANE WORD…"

// One word of a fault: what it must be, and how it is drawn.
struct Word {
  std::string usage;
  std::function<Result<void>(std::string_view, const Plan&)> check;
  std::function<std::string(Random&, const Plan&)> draw;
};

Word node() {
  return {"n1",
          [](std::string_view word, const Plan&) -> Result<void> {
            if (word == "n1") return {};
            return invalid_argument(fmt::format("there is no node {}", printable(word)));
          },
          [](Random&, const Plan&) { return "n1"; }};
}
Word client() {
  return {"cN",
          [](std::string_view word, const Plan& plan) -> Result<void> {
            if (client_in(word, plan)) return {};
            return invalid_argument(fmt::format("there is no client {}", printable(word)));
          },
          some_client};
}
// A world draws from the first to the last of these; a script may say any up to a million.
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
// The same, up to a thousand, and never 0.
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
                double most_a_second, std::uint64_t one_world_in = 2) {
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

}  // namespace

std::vector<sim::Setting> settings() {
  return {
      setting("clients", "1 to 9", up_to(kMostClients)),
      setting("drive", "events or inline: the node's work is done by threads, or by who wants it",
              {"events", "inline"}),
      setting("window", "4000 or 300: so many bytes are on their way in a connection",
              {"4000", "300"}),
      setting("values", "large or mixed: their sizes", {"large", "mixed"}),
      setting("patience", "long or short: how long most clients wait for an answer",
              {"long", "short"}),
  };
}

std::vector<sim::Verb> verbs() {
  return {
      action("put", 1, 40, "writes a new value"),
      action("get", 1, 40, "reads"),
      action("delete", 1, 10, "deletes"),
      action("cas", 1, 10, "writes if the key has what this client saw last"),
      action("batch", 2, 4, "writes two values at one moment"),
      action("once", 1, 5, "writes without a token, so it is not sent again"),
      action("scan", 0, 5, "reads all keys, page by page"),
      fault("power", {node(), number("CHANGES", 0, 30), time(200)},
            "its power is cut at so many changes of its disk from now on, and is back after TIME",
            0.5),
      fault("kill", {node(), time(200)}, "its process dies, and starts again after TIME", 0.5),
      fault("pause", {node(), time(500)}, "its process stands still", 0.3),
      fault("pace", {node(), factor("PERCENT", 50, 200)},
            "its clock runs at PERCENT of the right pace", 0.2),
      fault("slow", {node(), factor("TIMES", 1, 100)}, "its disk takes so many times as long", 0.3),
      fault("fail", {node(), disk_call(), number("CALLS", 0, 40)},
            "the call after so many others of that kind fails (names: create, remove …)", 0.5, 4),
      fault("fill", {node(), number("BYTES", 0, 3000), time(2000)},
            "its disk has room for so many bytes more, for TIME", 0.2, 4),
      fault("flip", {node()}, "a bit on its disk flips", 0.1, 16),
      fault("cut", {client()}, "its connection breaks", 2),
      fault("double", {client(), time(500)},
            "it gives up its connection and makes another; after TIME the old one delivers", 2),
      fault("block", {client(), time(1000)}, "what is sent from and to it arrives after TIME", 0.5),
      fault("delay", {client(), time(100)}, "messages from and to it take up to TIME", 0.5),
  };
}

std::uint64_t clients_of(const Plan& plan) {
  return *sim::parse_number(plan.settings.find("clients")->second);
}

std::optional<std::uint64_t> client_in(std::string_view word, const Plan& plan) {
  const auto number = word.starts_with('c') ? sim::parse_number(word.substr(1)) : std::nullopt;
  return number && *number > 0 && *number <= clients_of(plan) ? number : std::nullopt;
}

}  // namespace strata::world
