#include "net_world/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "base/text.h"
#include "checker/history.h"
#include "net_world/client.h"
#include "net_world/steps.h"

namespace strata::world {
namespace {

using sim::Plan;
using sim::Words;
using std::chrono::milliseconds;

constexpr milliseconds kHousekeeping{500};
constexpr int kEventsBetweenChecks = 64;

std::uint64_t number_in(const Words& words, std::size_t place) {
  return *sim::parse_number(words[place]);
}
sim::Moment time_in(const Words& words, std::size_t place) {
  return *sim::parse_moment(words[place]);
}

class ServedStore final : public sim::World {
 public:
  ServedStore(const Plan& plan, const sim::Surroundings& around)
      : plan_(plan),
        shared_(plan.seed, around),
        node_(shared_, 1, plan.settings.at("drive") == "inline" ? Drive::kInline : Drive::kEvents) {
    const Habits habits{.large_values = plan.settings.at("values") == "large",
                        .short_patience = plan.settings.at("patience") == "short"};
    for (const char* kind : {"slow disk", "disk full", "bit flipped"}) shared_.probes.expect(kind);
    for (std::uint64_t number = 1; number <= clients_of(plan); ++number)
      clients_.emplace_back(shared_, node_, record_, number, habits).caller().link().window =
          *sim::parse_number(plan.settings.at("window"));
    housekeep();
  }
  // What is under way uses what is destroyed next.
  ~ServedStore() override { shared_.queue.clear(); }

  void perform(const Words& words) override {
    const auto client = client_in(words[0], plan_);
    shared_.is_disturbed = shared_.is_disturbed || !client;
    if (client)
      clients_[*client - 1].ask({words.begin() + 1, words.end()});
    else if (words[1] == node_.name())
      befall_node(words);
    else
      befall_client(clients_[*client_in(words[1], plan_) - 1].caller(), words);
  }

  // In the end everybody writes, and reads all keys.
  void heal() override {
    node_.heal();
    if (node_.disk().is_damaged()) return;
    for (Client& client : clients_) {
      client.caller().link().heal();
      client.ask_healed({"put", "k1"});
      for (std::uint64_t key = 1; key <= kKeys; ++key)
        client.ask_healed({"get", fmt::format("k{}", key)});
      client.ask_healed({"scan"});
    }
  }
  // A damaged store may never open again.
  bool is_settled() const override {
    return node_.disk().is_damaged() || std::ranges::all_of(clients_, &Client::is_idle);
  }

  void check() override {
    if (damaged_life_ && !may_miss_from_ && node_.life() != *damaged_life_)
      may_miss_from_ = record_.moment();
    if (++events_ % kEventsBetweenChecks == 0) node_.check_invariants();
  }
  void finish() override {
    node_.disk().is_damaged() ? check_that_nothing_is_made_up() : node_.check_invariants();
  }
  // A node that starts again on a damaged disk may miss what it had. Until then it must find the
  // damage, so what was seen must be right.
  checker::History history() const override {
    checker::History history = record_.history();
    for (const Client& client : clients_)
      if (auto write = client.write_under_way()) history.push_back(*std::move(write));
    return may_miss_from_ ? checker::known_at(history, *may_miss_from_) : history;
  }
  std::uint64_t fingerprint() const override { return shared_.fingerprint; }

 private:
  void befall_node(const Words& words) {
    const std::string& verb = words[0];
    if (verb == "power") node_.cut_power(number_in(words, 2), time_in(words, 3));
    if (verb == "kill") node_.kill(time_in(words, 2));
    if (verb == "pause") node_.pause(time_in(words, 2));
    if (verb == "pace") node_.set_pace(number_in(words, 2));
    sim::Disk& disk = node_.disk();
    if (verb == "slow") {
      shared_.probes.hit("slow disk");
      disk.slow(static_cast<int>(number_in(words, 2)));
    }
    if (verb == "fail") disk.fail(*sim::parse_disk_call(words[2]), number_in(words, 3));
    if (verb == "fill") fill_disk(number_in(words, 2), time_in(words, 3));
    if (verb == "flip") flip_bit();
  }
  void befall_client(Caller& caller, const Words& words) {
    const std::string& verb = words[0];
    if (verb == "cut") caller.cut();
    if (verb == "double") caller.abandon(time_in(words, 2));
    if (verb == "block") caller.link().blocked_until = shared_.now() + time_in(words, 2);
    if (verb == "delay") caller.link().longest = time_in(words, 2);
  }
  void fill_disk(std::uint64_t bytes, sim::Moment time) {
    node_.disk().fill(bytes);
    shared_.queue.add(shared_.now() + time, this, [this] {
      if (node_.disk().make_room()) shared_.probes.hit("disk full");
    });
  }

  void flip_bit() {
    if (!node_.disk().flip_bit(shared_.draw(kDisks).next())) return;
    shared_.probes.hit("bit flipped");
    // A node that is down has begun its next life already, and will start it on the damaged disk.
    if (!damaged_life_) damaged_life_ = node_.is_up() ? node_.life() : node_.life() - 1;
  }

  void housekeep() {
    node_.housekeep();
    shared_.queue.add(shared_.now() + kHousekeeping, this, [this] { housekeep(); });
  }

  // All that can be asked of a disk that has lost a bit: what it gives is what somebody has
  // written.
  void check_that_nothing_is_made_up() const {
    for (const checker::Operation& operation : record_.history())
      for (const checker::Access& seen : operation.seen)
        if (seen.value && !record_.is_written(seen.key, *seen.value))
          throw sim::Broken("damage is found", checker::text_of(operation));
  }

  const Plan& plan_;
  Shared shared_;
  Record record_;
  Node node_;
  std::deque<Client> clients_;
  std::uint64_t events_ = 0;
  std::optional<std::uint64_t> damaged_life_;  // of the node, in which the first bit flipped
  std::optional<checker::Time> may_miss_from_;
};

}  // namespace

sim::Subject served_store() {
  return {.name = "week 4",
          .length = std::chrono::seconds(10),
          .patience = std::chrono::seconds(120),
          .settings = settings(),
          .verbs = verbs(),
          .make = [](const Plan& plan, const sim::Surroundings& around) {
            return std::make_unique<ServedStore>(plan, around);
          }};
}

}  // namespace strata::world
