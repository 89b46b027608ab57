// How a node of a world calls the others: over connections as those of clients, which break, stand
// still and lose what they have.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "net_world/connection.h"
#include "shard/peers.h"

namespace strata::world {

// The way from one node to another one. It outlives their lives.
struct PeerLink {
  Link link;
  std::uint64_t connections = 0;         // that there were
  std::weak_ptr<Connection> connection;  // the last one
};

// Those of one life of a node.
class WorldPeers final : public shard::Peers {
 public:
  // What is at an address; nullptr: nothing, or nothing any more.
  struct Place {
    Node* node;
    PeerLink* link;
  };
  using Find = std::function<Place(const std::string& address)>;

  // Lifetime: `executor` is that of the node's life; the references outlive this object.
  WorldPeers(Shared& shared, env::Executor& executor, Find find)
      : shared_(shared), executor_(executor), find_(std::move(find)) {}
  // Its connections break, and nobody is called any more.
  ~WorldPeers() override;

  void call(const shard::Server& to, net::Request request, env::TimePoint deadline,
            net::Reply reply) override;

 private:
  Shared& shared_;
  env::Executor& executor_;
  const Find find_;
  std::map<std::string, std::shared_ptr<Connection>> connections_;  // by address
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace strata::world
