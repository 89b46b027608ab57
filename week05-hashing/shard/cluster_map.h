// The map: which servers make up the cluster, and so which of them has which keys.
//
// Every server has a copy on its disk, and so may every client. Each change makes a map with the
// next epoch, and of two maps the one with the higher epoch holds. Only one server makes changes,
// the keeper; so there are never two maps with the same epoch. A server that has an old map does no
// harm: who has a key is decided by the servers that have it (ownership.h), and they tell.
//
// While keys move, the map has two lists of servers: those who had the keys before, and those who
// will have them.
//
// Thread-safety: plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hashing/ring_difference.h"
#include "shard/shard.pb.h"

namespace strata::shard {

using hashing::Point;
using hashing::PointSet;
using hashing::Ring;
using hashing::ServerId;
using hashing::Transfer;

inline constexpr std::size_t kMostServers = 1000;
inline constexpr std::uint32_t kHighestWeight = 100;
inline constexpr std::size_t kLongestName = 64;  // bytes, of names, addresses and zones

struct Server {
  ServerId id = {};
  std::string name = {};     // for people; no two servers have the same
  std::string address = {};  // as net::parse_endpoint() takes it
  std::uint32_t weight = 1;
  std::string zone = {};

  friend bool operator==(const Server&, const Server&) = default;
};

using Servers = std::vector<Server>;  // sorted by id

struct ClusterMap {
  std::uint64_t cluster = 0;
  std::uint64_t epoch = 0;  // 0: there is no map yet
  ServerId keeper;
  Servers servers;
  std::optional<Servers> next;  // during a change

  // Everybody who is in one of the lists, sorted by id.
  Servers everybody() const;
  // nullptr: it is in neither list. Valid as long as the map does not change.
  const Server* find(ServerId id) const;
  const Server* find(std::string_view name) const;
  // What moves between which servers. Empty if no change is under way.
  std::vector<Transfer> moves() const;

  friend bool operator==(const ClusterMap&, const ClusterMap&) = default;
};

Ring ring_of(const Servers& servers);

// kInvalidArgument for a map that no keeper makes: an id or a name used twice, a weight or a name
// out of bounds, a keeper that is not there.
Result<void> check(const ClusterMap& map);

// As messages of shard.proto, and as their bytes. What is read is also checked: kCorruption if it
// is no map.
proto::Server message_of(const Server& server);
Server server_from(const proto::Server& message);
proto::Map message_of(const ClusterMap& map);
Result<ClusterMap> map_from(const proto::Map& message);
std::string encode(const ClusterMap& map);
Result<ClusterMap> decode(std::string_view bytes);

// ---- What the keeper makes of its map. Each result has the next epoch; the epoch and the keeper
// of the argument are those of the last map. Errors, in words for the one who asked: kConflict if
// another change is under way, kNotFound for a name that is not there, kInvalidArgument for what
// cannot be.

// The first map of a cluster. Requires: `servers` are not empty; the first is the keeper.
Result<ClusterMap> first_map(std::uint64_t cluster, Servers servers);

Result<ClusterMap> joined(const ClusterMap& map, Server server);
Result<ClusterMap> left(const ClusterMap& map, std::string_view name);
Result<ClusterMap> reweighted(const ClusterMap& map, std::string_view name, std::uint32_t weight);
// The next map will come from another server.
Result<ClusterMap> handed_over(const ClusterMap& map, std::string_view name);
// A server is reached elsewhere from now on. That moves no keys.
Result<ClusterMap> readdressed(const ClusterMap& map, ServerId id, std::string_view address);
// All keys have moved. Requires: a change is under way.
ClusterMap finished(const ClusterMap& map);

}  // namespace strata::shard
