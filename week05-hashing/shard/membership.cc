#include "shard/membership.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "net/messages.h"
#include "shard/kinds.h"

namespace strata::shard {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{2000};  // for an answer of a peer
constexpr milliseconds kAgain{200};
constexpr std::size_t kToldAtOnce = 16;  // peers, after a change

// Somebody of whom only the address is known.
Server server_at(std::string address) { return {.id = ServerId(0), .address = std::move(address)}; }

// A refusal that will be the same if it asks again.
bool is_final(const net::Response& response) {
  using net::proto::Error;
  const auto code = response.error().code();
  return response.has_error() && (code == Error::INVALID_ARGUMENT || code == Error::NOT_FOUND ||
                                  code == Error::UNSUPPORTED);
}

}  // namespace

Membership::Membership(const MembershipParts& parts, MembershipOptions options, ClusterMap map,
                       Events events)
    : parts_(parts),
      options_(std::move(options)),
      events_(std::move(events)),
      random_(parts.entropy.bits()),
      map_(std::move(map)) {}

void Membership::start() {
  if (map_.epoch > 0) adopted();
  tick();
}

// ---- The map of this server

// Makes a newer map durable, and then lets it hold. An older one is ignored. `then` is called when
// a map that is as new holds.
void Membership::adopt(ClusterMap map, env::Task then) {
  if (map.epoch <= map_.epoch) return then();
  waiting_.push_back(std::move(then));
  if (saving_) return;  // the rest comes with the next gossip
  saving_ = std::move(map);
  net::Delivery delivery{.entries = {}, .tokens = {}, .durable = true};
  add_record(*saving_, delivery.entries);
  parts_.service.deliver(
      std::move(delivery),
      [&executor = parts_.executor, me = std::weak_ptr(me_)](const Result<void>& outcome) {
        executor.post([me, saved = outcome.has_value()] {
          const auto alive = me.lock();
          if (!alive) return;
          Membership& self = **alive;
          ClusterMap map = *std::exchange(self.saving_, std::nullopt);
          if (!saved) {  // try again, as long as the store does not do it
            self.again_ =
                self.parts_.executor.at(self.parts_.executor.now() + kAgain,
                                        [&self, map = std::move(map)] { self.adopt(map, [] {}); });
            return;
          }
          self.map_ = std::move(map);
          self.adopted();
        });
      });
}

void Membership::adopted() {
  taken_.clear();
  events_.follow(map_);
  for (env::Task& then : std::exchange(waiting_, {})) then();
  std::vector<std::string> others = places_of_others();
  for (std::size_t told = 0; told < kToldAtOnce && !others.empty(); ++told) {
    const auto at = others.begin() + static_cast<std::ptrdiff_t>(random_.below(others.size()));
    fetch(*at);
    others.erase(at);
  }
  for (const MoveName& name : events_.taken()) took(name);
  finish_if_all_is_taken();
}

Result<void> Membership::check_cluster(std::uint64_t cluster) const {
  if (cluster == 0 || map_.epoch == 0 || cluster == map_.cluster) return {};
  return invalid_argument(fmt::format("{} belongs to another cluster ({:016x}, and not {:016x})",
                                      parts_.self.name, map_.cluster, cluster));
}

// ---- Changes

void Membership::asked(const proto::Change& request, env::TimePoint deadline,
                       Answered<proto::Map> answered) {
  if (const auto checked = check_cluster(request.cluster()); !checked)
    return answered(checked.error());
  if (map_.epoch == 0)
    return answered(unavailable(parts_.self.name + " waits for the other servers to start"));
  if (!is_keeper()) {
    const Server& keeper = *map_.find(map_.keeper);
    net::Request passed_on = net::extend(kChange, request);
    passed_on.set_addressee(keeper.id.value());
    return parts_.peers.call(
        keeper, std::move(passed_on), deadline,
        [answered = std::move(answered)](const net::Response& response) mutable {
          proto::Map map;
          if (net::unpack(response, map)) return answered(std::move(map));
          answered(net::error_from(response.error()));
        });
  }
  if (saving_) return answered(unavailable("the map is just being changed: ask again"));
  if (request.has_join() && map_.find(ServerId(request.join().id())))
    return answered(message_of(map_));  // it missed the first answer
  auto changed = this->changed(request);
  if (!changed) return answered(changed.error());
  const std::uint64_t epoch = changed->epoch;
  adopt(*std::move(changed), [this, epoch, answered = std::move(answered)]() mutable {
    if (map_.epoch >= epoch) return answered(message_of(map_));
    answered(unknown_outcome("the map could not be written yet"));
  });
}

Result<ClusterMap> Membership::changed(const proto::Change& change) const {
  switch (change.what_case()) {
    case proto::Change::kJoin:
      return joined(map_, server_from(change.join()));
    case proto::Change::kLeave:
      return left(map_, change.leave());
    case proto::Change::kWeight:
      return reweighted(map_, change.weight().name(), change.weight().weight());
    case proto::Change::kKeeper:
      return handed_over(map_, change.keeper());
    case proto::Change::kAddress:
      return readdressed(map_, ServerId(change.address().id()), change.address().address());
    default:
      return unsupported("a change that this server does not know");
  }
}

void Membership::asked(const proto::MoveTaken& request, Answered<proto::MoveTakenNoted> answered) {
  note_taken({request.epoch(), ServerId(request.from()), ServerId(request.to())});
  answered(proto::MoveTakenNoted());
}

void Membership::took(const MoveName& name) {
  if (map_.epoch != name.epoch) return;
  if (is_keeper()) return note_taken(name);
  proto::MoveTaken message;
  message.set_epoch(name.epoch);
  message.set_from(name.from.value());
  message.set_to(name.to.value());
  call(*map_.find(map_.keeper), net::extend(kMoveTaken, message), [](const net::Response&) {});
}

void Membership::note_taken(const MoveName& name) {
  if (!is_keeper() || name.epoch != map_.epoch) return;
  taken_.insert(name);
  finish_if_all_is_taken();
}

// The change is over when every target has its keys.
void Membership::finish_if_all_is_taken() {
  if (!is_keeper() || !map_.next || saving_) return;
  for (const Transfer& move : map_.moves())
    if (!taken_.contains({map_.epoch, move.from, move.to})) return;
  adopt(finished(map_), [] {});
}

// ---- Gossip

void Membership::asked(const proto::GetMap& request, Answered<proto::Map> answered) {
  if (const auto checked = check_cluster(request.cluster()); !checked)
    return answered(checked.error());
  answered(map_.epoch > request.epoch() ? message_of(map_) : proto::Map());
  if (request.cluster() == map_.cluster) heard_of(request.epoch(), request.from_address());
}

void Membership::heard_of(std::uint64_t epoch, const std::string& address) {
  if (map_.epoch > 0 && epoch > map_.epoch && !address.empty()) fetch(address);
}

// Where other servers are. By the map; and by what this one was told when it was started, since the
// others may have been started elsewhere, too.
std::vector<std::string> Membership::places_of_others() const {
  std::set<std::string> places;
  for (const Server& server : map_.everybody()) places.insert(server.address);
  for (const Server& server : options_.founders) places.insert(server.address);
  if (!options_.join.empty()) places.insert(options_.join);
  places.erase(parts_.self.address);
  return {places.begin(), places.end()};
}

// Asks for a newer map, and says which one this server has.
void Membership::fetch(const std::string& address) {
  proto::GetMap message;
  message.set_cluster(map_.cluster);
  message.set_epoch(map_.epoch);
  message.set_from_address(parts_.self.address);
  call(server_at(address), net::extend(kGetMap, message),
       [this](const net::Response& response) { fetched(response); });
}

void Membership::fetched(const net::Response& response) {
  proto::Map message;
  if (!net::unpack(response, message) || message.epoch() == 0) return;
  auto map = map_from(message);
  if (!map || (map_.epoch > 0 && map->cluster != map_.cluster)) return;
  adopt(*std::move(map), [] {});
}

void Membership::tick() {
  if (map_.epoch > 0) {
    const std::vector<std::string> others = places_of_others();
    if (!others.empty()) fetch(others[random_.below(others.size())]);
    for (const MoveName& name : events_.taken()) took(name);
    finish_if_all_is_taken();
  }
  if (is_member() && map_.find(parts_.self.id)->address != parts_.self.address) tell_own_address();
  if (is_member())
    wants_in_ = false;
  else if (wants_in_)
    found();
  tick_ = parts_.executor.at(parts_.executor.now() + options_.gossip, [this] { tick(); });
}

// It was started at another address than the map says.
void Membership::tell_own_address() {
  proto::Change change;
  *change.mutable_address() = message_of(parts_.self);
  change.set_cluster(map_.cluster);
  asked(change, parts_.executor.now() + kPatience, [](const Result<proto::Map>&) {});
}

void Membership::call(const Server& to, net::Request request,
                      std::function<void(const net::Response&)> answered) {
  parts_.peers.call(to, std::move(request), parts_.executor.now() + kPatience,
                    [&executor = parts_.executor, me = std::weak_ptr(me_),
                     answered = std::move(answered)](net::Response response) mutable {
                      executor.post([me = std::move(me), answered = std::move(answered),
                                     response = std::move(response)] {
                        if (const auto alive = me.lock()) answered(response);
                      });
                    });
}

// ---- How a server comes to its first map

void Membership::found() {
  if (saving_) return;
  if (map_.epoch > 0 && options_.join.empty()) return;  // it has left
  if (options_.alone) {
    auto map = first_map(parts_.entropy.nonzero_bits(), {parts_.self});
    if (!map) return events_.refused(map.error());
    return adopt(*std::move(map), [] {});
  }
  if (!options_.join.empty()) return ask_to_join();
  if (options_.founders.empty()) return;
  proto::Enroll message;
  *message.mutable_server() = message_of(parts_.self);
  if (options_.founders.front().name == parts_.self.name)
    return asked(message, [](const Result<proto::Map>&) {});
  call(server_at(options_.founders.front().address), net::extend(kEnroll, message),
       [this](const net::Response& response) { came_back(response); });
}

// At the first of the founders: when all are there, it makes the map.
void Membership::asked(const proto::Enroll& request, Answered<proto::Map> answered) {
  const Server server = server_from(request.server());
  if (map_.epoch > 0) {
    if (map_.find(server.id)) return answered(message_of(map_));
    if (map_.find(server.name))
      return answered(invalid_argument(
          fmt::format("the name {} is taken by a server with another disk: join under another name",
                      printable(server.name))));
    return answered(invalid_argument(
        fmt::format("the cluster is made, without {}: let it join", printable(server.name))));
  }
  const auto is_it = [&](const Server& other) { return other.name == server.name; };
  if (std::ranges::none_of(options_.founders, is_it))
    return answered(not_found(fmt::format("{} is none of the servers that {} was told of",
                                          printable(server.name), parts_.self.name)));
  const auto known = std::ranges::find_if(enrolled_, is_it);
  if (known == enrolled_.end())
    enrolled_.push_back(server);
  else if (known->id != server.id)
    return answered(invalid_argument(fmt::format("two servers have the name {}", server.name)));
  if (enrolled_.size() < options_.founders.size()) return answered(proto::Map());
  Servers servers = enrolled_;
  std::ranges::stable_partition(
      servers, [&](const Server& other) { return other.id == parts_.self.id; });  // the keeper
  auto map = first_map(parts_.entropy.nonzero_bits(), std::move(servers));
  if (!map) return answered(map.error());
  adopt(*std::move(map),
        [this, answered = std::move(answered)]() mutable { answered(message_of(map_)); });
}

void Membership::ask_to_join() {
  proto::Change change;
  *change.mutable_join() = message_of(parts_.self);
  call(server_at(options_.join), net::extend(kChange, change),
       [this](const net::Response& response) { came_back(response); });
}

// The answer to Enroll, or to the wish to join. After an error that may pass, it asks again.
void Membership::came_back(const net::Response& response) {
  if (is_final(response)) return events_.refused(net::error_from(response.error()));
  if (response.has_error() && waits_for_ != response.error().message()) {
    waits_for_ = response.error().message();
    events_.waits(net::error_from(response.error()));
  }
  fetched(response);
}

}  // namespace strata::shard
