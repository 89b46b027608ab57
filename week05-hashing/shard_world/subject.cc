#include "shard_world/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "net_world/client.h"
#include "net_world/steps.h"
#include "net_world/words.h"
#include "shard/kinds.h"
#include "shard_world/sharded_node.h"

namespace strata::world {
namespace {

using sim::Plan;
using sim::Words;
using std::chrono::milliseconds;

constexpr std::uint64_t kMostNodes = 5;
constexpr std::uint64_t kManager = 90;  // the number of the caller who changes the cluster
constexpr std::uint64_t kLinks = 100;   // the number of the first link between nodes
constexpr milliseconds kHousekeeping{500};
constexpr int kEventsBetweenChecks = 64;

std::uint64_t number_in(const Words& words, std::size_t place) {
  return *sim::parse_number(words[place]);
}
sim::Moment time_in(const Words& words, std::size_t place) {
  return *sim::parse_moment(words[place]);
}
// 2, of "n2".
std::uint64_t node_in(std::string_view word) { return *sim::parse_number(word.substr(1)); }
std::string name_of_node(std::uint64_t number) { return fmt::format("n{}", number); }

class ShardedCluster final : public sim::World {
 public:
  ShardedCluster(const Plan& plan, const sim::Surroundings& around)
      : plan_(plan),
        shared_(plan.seed, around),
        founders_(*sim::parse_number(plan.settings.at("servers"))) {
    for (const char* kind : {"joined", "left", "keys moved", "keeper changed"})
      shared_.probes.expect(kind);
    nodes_.resize(kMostNodes);
    for (std::uint64_t number = 1; number <= founders_; ++number) start_node(number);
    manager_.emplace(shared_, *nodes_[0], kManager);
    const Habits habits{.large_values = plan.settings.at("values") == "large",
                        .short_patience = plan.settings.at("patience") == "short",
                        .scans_are_one_moment = false};
    for (std::uint64_t number = 1; number <= clients_of(plan); ++number)
      clients_.emplace_back(shared_, *nodes_[(number - 1) % founders_], record_, number, habits)
          .caller()
          .link()
          .window = *sim::parse_number(plan.settings.at("window"));
    housekeep();
  }
  // What is under way uses what is destroyed next.
  ~ShardedCluster() override {
    shared_.queue.clear();
    for (auto& node : nodes_)
      if (node) node->stop();
  }

  void perform(const Words& words) override {
    if (const auto client = client_in(words[0], plan_))
      return clients_[*client - 1].ask({words.begin() + 1, words.end()});
    if (change(words)) return;
    shared_.is_disturbed = true;
    if (words[1].starts_with('c')) return befall_client(words);
    if (words[0] == "break" || words[0] == "part" || words[0] == "lag") return befall_link(words);
    if (Node* node = this->node(words[1])) befall_node(*node, words);
  }

  void heal() override {
    for (auto& node : nodes_)
      if (node) node->heal();
    for (auto& [ends, link] : links_) link.link.heal();
    for (Client& client : clients_) {
      client.caller().link().heal();
      client.ask_healed({"put", "k1"});
      for (std::uint64_t key = 1; key <= kKeys; ++key)
        client.ask_healed({"get", fmt::format("k{}", key)});
      client.ask_healed({"scan"});
    }
  }

  bool is_settled() const override {
    if (!std::ranges::all_of(clients_, &Client::is_idle)) return false;
    std::uint64_t epoch = 0;
    for (const auto& node : nodes_)
      if (const shard::ShardNode* server = sharded(node)) {
        if (server->map().next || !server->moves().empty() || !server->is_tidy()) return false;
        epoch = std::max(epoch, server->map().epoch);
      }
    return std::ranges::all_of(nodes_, [&](const auto& node) {
      return !node || (sharded(node) && sharded(node)->map().epoch == epoch);
    });
  }

  void check() override {
    if (++events_ % kEventsBetweenChecks != 0) return;
    for (const auto& node : nodes_) {
      if (!node) continue;
      node->check_invariants();
      if (const shard::ShardNode* server = sharded(node)) {
        server->check_invariants();
        note_progress(*server);
      }
    }
    check_that_each_key_has_one_server();
  }

  void finish() override {
    for (const auto& node : nodes_) {
      if (!node) continue;
      node->check_invariants();
      check_that_it_has_only_its_own(*node);
    }
  }
  checker::History history() const override {
    checker::History history = record_.history();
    for (const Client& client : clients_)
      if (auto write = client.write_under_way()) history.push_back(*std::move(write));
    return history;
  }
  std::uint64_t fingerprint() const override { return shared_.fingerprint; }

 private:
  using NodePointer = std::unique_ptr<Node>;

  // Null: it is down, or is not there yet.
  static const shard::ShardNode* sharded(const NodePointer& node) {
    if (!node || !node->is_up()) return nullptr;
    return &static_cast<ShardedNode&>(*node->front()).node();
  }
  Node* node(std::string_view name) { return nodes_[node_in(name) - 1].get(); }

  void start_node(std::uint64_t number) {
    shard::ShardNodeOptions options{.name = name_of_node(number), .address = name_of_node(number)};
    options.moves = {
        .bytes_a_second = 50'000, .page_bytes = 500, .page_keys = 10, .page_changes = 2};
    options.scans.page_bytes = 300;
    if (number > founders_)
      options.membership.join = name_of_node(1);
    else
      for (std::uint64_t founder = 1; founder <= founders_; ++founder)
        options.membership.founders.push_back(
            {.id = {}, .name = name_of_node(founder), .address = name_of_node(founder)});
    nodes_[number - 1] = std::make_unique<Node>(
        shared_, number, Drive::kEvents, [this, number, options](const Node::Life& life) {
          return ShardedNode::make(
              shared_, life,
              [this, number](const std::string& address) { return place(number, address); },
              options);
        });
  }

  WorldPeers::Place place(std::uint64_t from, const std::string& address) {
    const std::uint64_t to = node_in(address);
    if (!nodes_[to - 1]) return {nullptr, nullptr};
    return {nodes_[to - 1].get(), &link(from, to)};
  }
  PeerLink& link(std::uint64_t from, std::uint64_t to) {
    const auto [at, is_new] = links_.try_emplace({from, to});
    if (is_new) at->second.link = {.number = kLinks + from * 10 + to, .client = name_of_node(from)};
    return at->second;
  }

  // Whether the step changes the cluster.
  bool change(const Words& words) {
    shard::proto::Change change;
    if (words[0] == "join") {
      if (!nodes_[node_in(words[1]) - 1]) start_node(node_in(words[1]));
      return true;  // it asks by itself
    }
    if (words[0] == "leave")
      change.set_leave(words[1]);
    else if (words[0] == "keeper")
      change.set_keeper(words[1]);
    else if (words[0] == "weight")
      change.mutable_weight()->set_name(words[1]);
    else
      return false;
    if (change.has_weight())
      change.mutable_weight()->set_weight(static_cast<std::uint32_t>(number_in(words, 2)));
    const std::string& kind = words[0];
    manager_->call(net::extend(shard::kChange, change), shared_.now() + std::chrono::seconds(5),
                   [this, kind](const net::Response& response) {
                     if (response.has_error()) return;
                     if (kind == "leave") shared_.probes.hit("left");
                     if (kind == "keeper") shared_.probes.hit("keeper changed");
                   });
    return true;
  }

  void befall_node(Node& node, const Words& words) {
    const std::string& verb = words[0];
    if (verb == "power") node.cut_power(number_in(words, 2), time_in(words, 3));
    if (verb == "kill") node.kill(time_in(words, 2));
    if (verb == "pause") node.pause(time_in(words, 2));
    if (verb == "pace") node.set_pace(number_in(words, 2));
    if (verb == "slow") node.disk().slow(static_cast<int>(number_in(words, 2)));
    if (verb == "fail") node.disk().fail(*sim::parse_disk_call(words[2]), number_in(words, 3));
    if (verb == "fill") {
      node.disk().fill(number_in(words, 2));
      shared_.queue.add(shared_.now() + time_in(words, 3), this,
                        [&node] { node.disk().make_room(); });
    }
  }
  void befall_client(const Words& words) {
    Caller& caller = clients_[*client_in(words[1], plan_) - 1].caller();
    const std::string& verb = words[0];
    if (verb == "cut") caller.cut();
    if (verb == "double") caller.abandon(time_in(words, 2));
    if (verb == "block") caller.link().blocked_until = shared_.now() + time_in(words, 2);
    if (verb == "delay") caller.link().longest = time_in(words, 2);
  }
  void befall_link(const Words& words) {
    PeerLink& link = this->link(node_in(words[1]), node_in(words[2]));
    const auto connection = link.connection.lock();
    if (words[0] == "break" && connection) connection->cut();
    if (words[0] == "part") link.link.blocked_until = shared_.now() + time_in(words, 3);
    if (words[0] == "lag") link.link.longest = time_in(words, 3);
  }

  void check_that_each_key_has_one_server() {
    for (std::uint64_t key = 1; key <= kKeys; ++key) {
      const hashing::Point point = hashing::point_of(fmt::format("k{}", key));
      const shard::ShardNode* server = nullptr;
      for (const auto& node : nodes_)
        if (const shard::ShardNode* other = sharded(node); other && other->serves(point)) {
          if (server)
            throw sim::Broken("each key has one server",
                              fmt::format("{} and {} both serve k{}", server->self().name,
                                          other->self().name, key));
          server = other;
        }
    }
  }

  void check_that_it_has_only_its_own(Node& node) {
    if (!node.is_up()) return;
    const shard::ShardNode& server = static_cast<ShardedNode&>(*node.front()).node();
    for (std::uint64_t number = 1; number <= kKeys; ++number) {
      const std::string key = fmt::format("k{}", number);
      const auto value = node.store().get(key);
      if (!value || (*value && !server.serves(hashing::point_of(key))))
        throw sim::Broken("a server has only its own keys",
                          fmt::format("{} has {}", node.name(), key));
    }
  }

  void note_progress(const shard::ShardNode& server) {
    for (const shard::MoveProgress& move : server.moves())
      if (move.stage == "taken" || move.stage == "done") shared_.probes.hit("keys moved");
    if (server.map().find(name_of_node(founders_ + 1))) shared_.probes.hit("joined");
    shared_.probes.saw_size("epochs", server.map().epoch);
  }

  void housekeep() {
    for (auto& node : nodes_)
      if (node) node->housekeep();
    shared_.queue.add(shared_.now() + kHousekeeping, this, [this] { housekeep(); });
  }

  const Plan& plan_;
  Shared shared_;
  const std::uint64_t founders_;
  Record record_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, PeerLink> links_;
  std::vector<NodePointer> nodes_;  // null: it has not been started
  std::optional<Caller> manager_;
  std::deque<Client> clients_;
  std::uint64_t events_ = 0;
};

// ---- The plans

std::vector<std::string> names_of_nodes() {
  std::vector<std::string> names;
  for (std::uint64_t number = 1; number <= kMostNodes; ++number)
    names.push_back(name_of_node(number));
  return names;
}

Word node() { return one_of("nN", "node", names_of_nodes()); }

std::vector<sim::Setting> cluster_settings() {
  std::vector<sim::Setting> all = settings();
  std::erase_if(all, [](const sim::Setting& setting) { return setting.name == "drive"; });
  all.push_back(
      setting("servers", "1 to 4: those that the cluster is made of", {"3", "1", "2", "4"}));
  return all;
}

std::vector<sim::Verb> cluster_verbs() {
  std::vector<sim::Verb> all = actions();
  std::ranges::move(node_faults(names_of_nodes()), std::back_inserter(all));
  std::ranges::move(client_faults(), std::back_inserter(all));
  // Two keys mostly belong to two servers; and a damaged disk loses keys for good.
  std::erase_if(all, [](const sim::Verb& verb) {
    return sim::name_of(verb) == "flip" || verb.usage.starts_with("cN batch");
  });
  std::ranges::move(
      std::vector<sim::Verb>{
          fault("join", {node()}, "it starts, and joins the cluster", 0.5),
          fault("leave", {node()}, "its keys go to the others, and it leaves", 0.4),
          fault("weight", {node(), factor("WEIGHT", 1, 3)}, "it has so many times as many keys", 3),
          fault("keeper", {node()}, "it keeps the map from now on", 0.2, 4),
          fault("break", {node(), node()}, "the connection from one to the other breaks", 4),
          fault("part", {node(), node(), time(2000)},
                "what one sends to the other arrives after TIME", 0.5),
          fault("lag", {node(), node(), time(100)}, "messages between them take up to TIME", 0.5),
      },
      std::back_inserter(all));
  return all;
}

}  // namespace

sim::Subject sharded_cluster() {
  return {.name = "week 5",
          .length = std::chrono::seconds(10),
          .patience = std::chrono::seconds(120),
          .settings = cluster_settings(),
          .verbs = cluster_verbs(),
          .make = [](const Plan& plan, const sim::Surroundings& around) {
            return std::make_unique<ShardedCluster>(plan, around);
          }};
}

}  // namespace strata::world
