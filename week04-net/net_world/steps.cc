#include "net_world/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/text.h"
#include "net_world/client.h"
#include "net_world/words.h"

namespace strata::world {
namespace {

using env::Random;
using sim::Plan;
using sim::Words;

constexpr std::uint64_t kMostClients = 9;

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

Word client() {
  return {"cN",
          [](std::string_view word, const Plan& plan) -> Result<void> {
            if (client_in(word, plan)) return {};
            return invalid_argument(fmt::format("there is no client {}", printable(word)));
          },
          some_client};
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

std::vector<sim::Verb> actions() {
  return {
      action("put", 1, 40, "writes a new value"),
      action("get", 1, 40, "reads"),
      action("delete", 1, 10, "deletes"),
      action("cas", 1, 10, "writes if the key has what this client saw last"),
      action("batch", 2, 4, "writes two values at one moment"),
      action("once", 1, 5, "writes without a token, so it is not sent again"),
      action("scan", 0, 5, "reads all keys, page by page"),
  };
}

std::vector<sim::Verb> node_faults(const std::vector<std::string>& nodes) {
  const Word node = one_of(nodes.size() == 1 ? nodes.front() : "nN", "node", nodes);
  return {
      fault("power", {node, number("CHANGES", 0, 30), time(200)},
            "its power is cut at so many changes of its disk from now on, and is back after TIME",
            0.5),
      fault("kill", {node, time(200)}, "its process dies, and starts again after TIME", 0.5),
      fault("pause", {node, time(500)}, "its process stands still", 0.3),
      fault("pace", {node, factor("PERCENT", 50, 200)},
            "its clock runs at PERCENT of the right pace", 0.2),
      fault("slow", {node, factor("TIMES", 1, 100)}, "its disk takes so many times as long", 0.3),
      fault("fail", {node, disk_call(), number("CALLS", 0, 40)},
            "the call after so many others of that kind fails (names: create, remove …)", 0.5, 4),
      fault("fill", {node, number("BYTES", 0, 3000), time(2000)},
            "its disk has room for so many bytes more, for TIME", 0.2, 4),
      fault("flip", {node}, "a bit on its disk flips", 0.1, 16),
  };
}

std::vector<sim::Verb> client_faults() {
  return {
      fault("cut", {client()}, "its connection breaks", 2),
      fault("double", {client(), time(500)},
            "it gives up its connection and makes another; after TIME the old one delivers", 2),
      fault("block", {client(), time(1000)}, "what is sent from and to it arrives after TIME", 0.5),
      fault("delay", {client(), time(100)}, "messages from and to it take up to TIME", 0.5),
  };
}

std::vector<sim::Verb> verbs() {
  std::vector<sim::Verb> all = actions();
  std::ranges::move(node_faults({"n1"}), std::back_inserter(all));
  std::ranges::move(client_faults(), std::back_inserter(all));
  return all;
}

std::uint64_t clients_of(const Plan& plan) {
  return *sim::parse_number(plan.settings.find("clients")->second);
}

std::optional<std::uint64_t> client_in(std::string_view word, const Plan& plan) {
  const auto number = word.starts_with('c') ? sim::parse_number(word.substr(1)) : std::nullopt;
  return number && *number > 0 && *number <= clients_of(plan) ? number : std::nullopt;
}

}  // namespace strata::world
