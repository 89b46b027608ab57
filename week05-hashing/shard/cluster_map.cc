#include "shard/cluster_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "net/messages.h"

namespace strata::shard {
namespace {

Result<void> check_word(std::string_view what, std::string_view word) {
  const bool plain =
      std::ranges::all_of(word, [](char c) { return c > ' ' && c <= '~' && c != ',' && c != '='; });
  if (!word.empty() && word.size() <= kLongestName && plain) return {};
  return invalid_argument(fmt::format("{} {:?} is not 1 to {} letters without spaces, ',' and '='",
                                      what, printable(word), kLongestName));
}

Result<void> check(const Server& server) {
  if (server.id == ServerId(0)) return invalid_argument("a server without an id");
  STRATA_TRY(check_word("the name", server.name));
  STRATA_TRY(check_word("the address", server.address));
  if (!server.zone.empty()) STRATA_TRY(check_word("the zone", server.zone));
  if (server.weight >= 1 && server.weight <= kHighestWeight) return {};
  return invalid_argument(
      fmt::format("the weight of {} is {}, and not 1 to {}; to take it out, let it LEAVE",
                  server.name, server.weight, kHighestWeight));
}

Result<void> check(const Servers& servers) {
  if (servers.empty()) return invalid_argument("a cluster without servers");
  if (servers.size() > kMostServers)
    return invalid_argument(fmt::format("a cluster has at most {} servers", kMostServers));
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    STRATA_TRY(check(servers[i]));
    if (i > 0 && servers[i - 1].id >= servers[i].id)
      return invalid_argument("the servers of a map are not in the order of their ids");
    if (!names.insert(servers[i].name).second)
      return invalid_argument(fmt::format("two servers have the name {}", servers[i].name));
  }
  return {};
}

template <class List, class Is>
auto find_in(List& servers, const Is& is) -> decltype(servers.data()) {
  const auto at = std::ranges::find_if(servers, is);
  return at == servers.end() ? nullptr : &*at;
}

template <class Is>
const Server* find_in(const ClusterMap& map, const Is& is) {
  if (map.next)
    if (const Server* found = find_in(*map.next, is)) return found;
  return find_in(map.servers, is);
}

void sort(Servers& servers) { std::ranges::sort(servers, {}, &Server::id); }

template <class Messages>
Servers servers_from(const Messages& messages) {
  Servers servers;
  for (const proto::Server& message : messages) servers.push_back(server_from(message));
  return servers;
}

// One change at a time: the moves of a second one would depend on how far the first has come.
Result<void> check_idle(const ClusterMap& map) {
  if (!map.next) return {};
  return conflict(
      fmt::format("a change is under way (epoch {}): ask again when MOVES shows none", map.epoch));
}

Result<Server*> member(Servers& servers, std::string_view name) {
  if (Server* found = find_in(servers, [&](const Server& server) { return server.name == name; }))
    return found;
  return not_found(fmt::format("the cluster has no server {}", printable(name)));
}

Result<ClusterMap> changed(const ClusterMap& map, Servers next) {
  ClusterMap result = map;
  ++result.epoch;
  sort(next);
  result.next = std::move(next);
  STRATA_TRY(check(result));
  return result;
}

}  // namespace

Servers ClusterMap::everybody() const {
  Servers all = next.value_or(Servers());
  for (const Server& server : servers)
    if (!find_in(all, [&](const Server& other) { return other.id == server.id; }))
      all.push_back(server);
  sort(all);
  return all;
}

const Server* ClusterMap::find(ServerId id) const {
  return find_in(*this, [&](const Server& server) { return server.id == id; });
}

const Server* ClusterMap::find(std::string_view name) const {
  return find_in(*this, [&](const Server& server) { return server.name == name; });
}

std::vector<Transfer> ClusterMap::moves() const {
  return next ? hashing::transfers(ring_of(servers), ring_of(*next)) : std::vector<Transfer>();
}

Ring ring_of(const Servers& servers) {
  std::vector<hashing::Member> members;
  for (const Server& server : servers) members.push_back({server.id, server.weight, server.zone});
  return Ring(std::move(members));
}

Result<void> check(const ClusterMap& map) {
  if (map.cluster == 0 || map.epoch == 0) return invalid_argument("a map without a cluster");
  STRATA_TRY(check(map.servers));
  if (map.next) STRATA_TRY(check(*map.next));
  const auto is_keeper = [&](const Server& server) { return server.id == map.keeper; };
  if (!find_in(map.servers, is_keeper) || (map.next && !find_in(*map.next, is_keeper)))
    return invalid_argument("the keeper of a map is none of its servers");
  return {};
}

proto::Server message_of(const Server& server) {
  proto::Server message;
  message.set_id(server.id.value());
  message.set_name(server.name);
  message.set_address(server.address);
  message.set_weight(server.weight);
  message.set_zone(server.zone);
  return message;
}

Server server_from(const proto::Server& message) {
  return {.id = ServerId(message.id()),
          .name = message.name(),
          .address = message.address(),
          .weight = message.weight(),
          .zone = message.zone()};
}

proto::Map message_of(const ClusterMap& map) {
  proto::Map message;
  message.set_cluster(map.cluster);
  message.set_epoch(map.epoch);
  message.set_keeper(map.keeper.value());
  for (const Server& server : map.servers) *message.add_servers() = message_of(server);
  message.set_changing(map.next.has_value());
  for (const Server& server : map.next.value_or(Servers()))
    *message.add_next() = message_of(server);
  return message;
}

Result<ClusterMap> map_from(const proto::Map& message) {
  ClusterMap map{.cluster = message.cluster(),
                 .epoch = message.epoch(),
                 .keeper = ServerId(message.keeper()),
                 .servers = servers_from(message.servers()),
                 .next = std::nullopt};
  if (message.changing()) map.next = servers_from(message.next());
  if (const auto checked = check(map); !checked) return corruption(checked.error().message);
  return map;
}

std::string encode(const ClusterMap& map) { return message_of(map).SerializeAsString(); }

Result<ClusterMap> decode(std::string_view bytes) {
  proto::Map message;
  if (!net::parse(bytes, message)) return corruption("a map of a cluster is damaged");
  return map_from(message);
}

Result<ClusterMap> first_map(std::uint64_t cluster, Servers servers) {
  STRATA_ASSERT(!servers.empty());
  ClusterMap map{.cluster = cluster,
                 .epoch = 1,
                 .keeper = servers.front().id,
                 .servers = std::move(servers),
                 .next = std::nullopt};
  sort(map.servers);
  STRATA_TRY(check(map));
  return map;
}

Result<ClusterMap> joined(const ClusterMap& map, Server server) {
  if (const Server* same = map.find(server.id))
    return invalid_argument(same->name + " is in the cluster already");
  if (const Server* other = map.find(server.name))
    return invalid_argument(
        fmt::format("the name {} is taken, by the server at {}", other->name, other->address));
  STRATA_TRY(check_idle(map));
  Servers next = map.servers;
  next.push_back(std::move(server));
  return changed(map, std::move(next));
}

Result<ClusterMap> left(const ClusterMap& map, std::string_view name) {
  STRATA_TRY(check_idle(map));
  Servers next = map.servers;
  STRATA_TRY(const Server* leaver, member(next, name));
  if (next.size() == 1)
    return invalid_argument(fmt::format("{} is the last server: its keys can go nowhere", name));
  if (leaver->id == map.keeper)
    return invalid_argument(
        fmt::format("{} is the keeper: hand that over first, with KEEPER and a name", name));
  std::erase_if(next, [&](const Server& server) { return server.name == name; });
  return changed(map, std::move(next));
}

Result<ClusterMap> reweighted(const ClusterMap& map, std::string_view name, std::uint32_t weight) {
  STRATA_TRY(check_idle(map));
  Servers next = map.servers;
  STRATA_TRY(Server * server, member(next, name));
  server->weight = weight;
  return changed(map, std::move(next));
}

Result<ClusterMap> handed_over(const ClusterMap& map, std::string_view name) {
  STRATA_TRY(check_idle(map));
  ClusterMap result = map;
  STRATA_TRY(const Server* server, member(result.servers, name));
  result.keeper = server->id;
  ++result.epoch;
  return result;
}

Result<ClusterMap> readdressed(const ClusterMap& map, ServerId id, std::string_view address) {
  STRATA_TRY(check_idle(map));
  ClusterMap result = map;
  const auto is_it = [&](const Server& server) { return server.id == id; };
  Server* server = find_in(result.servers, is_it);
  if (!server) return not_found("the server is none of the cluster");
  server->address = std::string(address);
  ++result.epoch;
  STRATA_TRY(check(result));
  return result;
}

ClusterMap finished(const ClusterMap& map) {
  STRATA_ASSERT(map.next);
  ClusterMap result = map;
  result.servers = *map.next;
  result.next.reset();
  ++result.epoch;
  return result;
}

}  // namespace strata::shard
