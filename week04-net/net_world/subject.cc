#include "net_world/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/text.h"
#include "checker/linearizability.h"
#include "net_world/client.h"

namespace strata::world {
namespace {

using sim::Plan;
using sim::Words;
using std::chrono::milliseconds;

constexpr std::uint64_t kKeys = 12;
constexpr std::uint64_t kMostClients = 9;
constexpr milliseconds kHousekeeping{500};
constexpr int kEventsBetweenChecks = 64;

std::uint64_t clients_of(const Plan& plan) {
  return *sim::parse_number(plan.settings.find("clients")->second);
}
// "c2" is client 2 of a plan that has two. nullopt: there is no such client.
std::optional<std::uint64_t> client_in(std::string_view word, const Plan& plan) {
  const auto number = word.starts_with('c') ? sim::parse_number(word.substr(1)) : std::nullopt;
  return number && *number > 0 && *number <= clients_of(plan) ? number : std::nullopt;
}

class ServedStore final : public sim::World {
 public:
  explicit ServedStore(const Plan& plan)
      : plan_(plan),
        shared_(plan.seed, probes()),
        node_(shared_, plan.settings.at("drive") == "inline" ? Drive::kInline : Drive::kEvents) {
    for (std::uint64_t number = 1; number <= clients_of(plan); ++number)
      clients_.emplace_back(shared_, node_, record_, number);
    housekeep();
  }

  env::EventQueue& queue() override { return shared_.queue; }

  void perform(const Words& words) override {
    if (const auto number = client_in(words[0], plan_)) {
      clients_[*number - 1].ask({words.begin() + 1, words.end()});
    } else if (words[0] == "power") {
      node_.cut_power(*sim::parse_number(words[2]), *sim::parse_moment(words[3]));
    } else if (words[0] == "kill") {
      node_.kill(*sim::parse_moment(words[2]));
    } else if (words[0] == "slow") {
      node_.slow_disk(static_cast<int>(*sim::parse_number(words[2])));
    } else {
      Client& client = clients_[*client_in(words[1], plan_) - 1];
      if (words[0] == "cut") client.caller().cut();
      if (words[0] == "block")
        client.caller().link().blocked_until = shared_.now() + *sim::parse_moment(words[2]);
      if (words[0] == "delay") client.caller().link().longest = *sim::parse_moment(words[2]);
    }
  }

  // At last everybody reads all keys.
  void heal() override {
    node_.heal();
    for (Client& client : clients_) {
      client.caller().link() = Link();
      for (std::uint64_t key = 1; key <= kKeys; ++key) client.ask({"get", fmt::format("k{}", key)});
    }
  }
  bool is_settled() const override { return std::ranges::all_of(clients_, &Client::is_idle); }

  void check() override {
    if (++events_ % kEventsBetweenChecks == 0) node_.check_invariants();
  }
  void finish() override {
    node_.check_invariants();
    const checker::Judgement judgement = checker::judge(record_.history());
    if (judgement.verdict == checker::Verdict::kNot)
      throw sim::Broken("linearizability", judgement.why);
    if (judgement.verdict == checker::Verdict::kInconclusive)
      throw sim::Broken("linearizability is decided", "the search has used up its budget");
  }
  std::uint64_t fingerprint() const override { return shared_.fingerprint; }

 private:
  void housekeep() {
    node_.housekeep();
    shared_.queue.add(shared_.now() + kHousekeeping, &housekeeper_, [this] { housekeep(); });
  }

  const Plan plan_;
  Shared shared_;
  Record record_;
  Node node_;
  std::deque<Client> clients_;
  const char housekeeper_ = 0;  // its address owns events
  std::uint64_t events_ = 0;
};

// ---- The table of settings and verbs

sim::Setting setting(std::string name, std::vector<std::string> values) {
  return {.name = std::move(name),
          .simplest = values.front(),
          .draw = [values](env::Random& random) { return values[random.below(values.size())]; },
          .is_valid =
              [values](std::string_view text) {
                return std::ranges::find(values, text) != values.end();
              }};
}

std::vector<std::string> up_to(std::uint64_t most) {
  std::vector<std::string> numbers;
  for (std::uint64_t number = 1; number <= most; ++number)
    numbers.push_back(std::to_string(number));
  return numbers;
}

std::string some_client(env::Random& random, const Plan& plan) {
  return fmt::format("c{}", 1 + random.below(clients_of(plan)));
}
std::string some_key(env::Random& random) { return fmt::format("k{}", 1 + random.below(kKeys)); }
std::string some_time(env::Random& random, std::uint64_t most_ms) {
  return fmt::format("{}ms", 1 + random.below(most_ms));
}

// "cN VERB KEY…": a client does something.
sim::Verb action(std::string verb, std::size_t keys, double most_a_second) {
  return {.usage = fmt::format("cN {} KEY", verb),
          .most_a_second = most_a_second,
          .draw =
              [verb, keys](env::Random& random, const Plan& plan) {
                Words words{some_client(random, plan), verb, some_key(random)};
                while (words.size() < keys + 2)
                  if (std::string key = some_key(random); key != words.back())
                    words.push_back(std::move(key));
                return words;
              },
          .is_mine = [verb](const Words& words) { return words.size() > 1 && words[1] == verb; },
          .check = [](const Words& words, const Plan& plan) -> Result<void> {
            if (!client_in(words[0], plan))
              return invalid_argument(fmt::format("there is no client {}", printable(words[0])));
            if (Client::is_action({words.begin() + 1, words.end()})) return {};
            return invalid_argument("it does not name its keys, each once");
          }};
}

// What a word of a fault must be.
enum class Kind { kNode, kClient, kNumber, kTime };

Result<void> check_word(std::string_view word, Kind kind, const Plan& plan) {
  switch (kind) {
    case Kind::kNode:
      if (word == "n1") return {};
      return invalid_argument(fmt::format("there is no node {}", printable(word)));
    case Kind::kClient:
      if (client_in(word, plan)) return {};
      return invalid_argument(fmt::format("there is no client {}", printable(word)));
    case Kind::kNumber:
      if (const auto number = sim::parse_number(word); number && *number <= 1'000'000) return {};
      return invalid_argument(fmt::format("{} is no number up to a million", printable(word)));
    case Kind::kTime:
      if (sim::parse_moment(word)) return {};
      return invalid_argument(fmt::format("{} is no time, such as 120ms", printable(word)));
  }
  return {};
}

sim::Verb fault(std::string usage, std::vector<Kind> kinds, double most_a_second,
                std::function<Words(env::Random&, const Plan&)> draw) {
  const std::string name = usage.substr(0, usage.find(' '));
  return {.usage = usage,
          .most_a_second = most_a_second,
          .draw = std::move(draw),
          .is_mine = [name](const Words& words) { return words.front() == name; },
          .check = [usage, kinds](const Words& words, const Plan& plan) -> Result<void> {
            if (words.size() != kinds.size() + 1)
              return invalid_argument(fmt::format("it should be: {}", usage));
            for (std::size_t i = 0; i < kinds.size(); ++i)
              STRATA_TRY(check_word(words[i + 1], kinds[i], plan));
            return {};
          }};
}

std::vector<sim::Verb> verbs() {
  return {
      action("put", 1, 40),
      action("get", 1, 40),
      action("delete", 1, 10),
      action("cas", 1, 10),
      action("batch", 2, 4),
      fault("power n1 CHANGES TIME", {Kind::kNode, Kind::kNumber, Kind::kTime}, 0.5,
            [](env::Random& random, const Plan&) {
              return Words{"power", "n1", std::to_string(random.below(30)), some_time(random, 200)};
            }),
      fault("kill n1 TIME", {Kind::kNode, Kind::kTime}, 0.5,
            [](env::Random& random, const Plan&) {
              return Words{"kill", "n1", some_time(random, 200)};
            }),
      fault("slow n1 TIMES", {Kind::kNode, Kind::kNumber}, 0.3,
            [](env::Random& random, const Plan&) {
              return Words{"slow", "n1", std::to_string(1 + random.below(100))};
            }),
      fault("cut cN", {Kind::kClient}, 2,
            [](env::Random& random, const Plan& plan) {
              return Words{"cut", some_client(random, plan)};
            }),
      fault("block cN TIME", {Kind::kClient, Kind::kTime}, 0.5,
            [](env::Random& random, const Plan& plan) {
              return Words{"block", some_client(random, plan), some_time(random, 1000)};
            }),
      fault("delay cN TIME", {Kind::kClient, Kind::kTime}, 0.5,
            [](env::Random& random, const Plan& plan) {
              return Words{"delay", some_client(random, plan), some_time(random, 100)};
            }),
  };
}

}  // namespace

sim::Subject served_store() {
  return {
      .name = "week 4",
      .length = std::chrono::seconds(10),
      .patience = std::chrono::seconds(120),
      .settings = {setting("clients", up_to(kMostClients)), setting("drive", {"events", "inline"})},
      .verbs = verbs(),
      .make = [](const Plan& plan) { return std::make_unique<ServedStore>(plan); }};
}

}  // namespace strata::world
