// What makes a node of a world a server of a cluster: the service that stands in front of its store
// in one of its lives.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <memory>
#include <utility>

#include "shard/shard_node.h"
#include "shard_world/world_peers.h"

namespace strata::world {

class ShardedNode final : public net::Service {
 public:
  static Result<std::unique_ptr<net::Service>> make(Shared& shared, const Node::Life& life,
                                                    WorldPeers::Find find,
                                                    shard::ShardNodeOptions options) {
    auto made =
        std::unique_ptr<ShardedNode>(new ShardedNode(shared, life.executor, std::move(find)));
    STRATA_TRY(made->node_, shard::ShardNode::open({.store = life.store,
                                                    .service = life.service,
                                                    .executor = life.executor,
                                                    .peers = made->peers_,
                                                    .entropy = life.entropy},
                                                   std::move(options)));
    made->node_->start();
    return made;
  }

  void handle(net::Request request, const net::Context& context, net::Reply reply) override {
    node_->handle(std::move(request), context, std::move(reply));
  }
  void flush() override { node_->flush(); }
  bool durable() const override { return node_->durable(); }
  net::proto::Limits limits() const override { return node_->limits(); }
  void housekeep() override { node_->housekeep(); }

  const shard::ShardNode& node() const { return *node_; }

 private:
  ShardedNode(Shared& shared, env::Executor& executor, WorldPeers::Find find)
      : peers_(shared, executor, std::move(find)) {}

  WorldPeers peers_;
  std::unique_ptr<shard::ShardNode> node_;
};

}  // namespace strata::world
