// A node in a process: a ShardNode with the real forms of all that it is given, and a thread of its
// own.
//
// Thread-safety: service() may be used from many threads.
#pragma once

#include <asio/io_context.hpp>

#include <functional>
#include <memory>
#include <thread>

#include "net/asio_executor.h"
#include "shard/peer_clients.h"
#include "shard/shard_node.h"

namespace strata::shard {

class NodeProcess {
 public:
  // Begins to be a member. Requires: `store` outlives this object; nobody else writes to it.
  // `identity`: the secret that all servers know. Errors: those of StoreService::open() and
  // ShardNode::open(). Blocks: on the store.
  static Result<std::unique_ptr<NodeProcess>> start(Store& store, const ShardNodeOptions& options,
                                                    const net::Identity& identity);
  // Requires: no request is under way. Blocks: until the store is at rest.
  ~NodeProcess();

  net::Service& service() { return *node_; }
  // What `look` returns, on the thread of the node. Blocks.
  ClusterMap map();
  std::vector<MoveProgress> moves();

 private:
  NodeProcess() = default;
  void on_its_thread(const std::function<void(const ShardNode&)>& look);

  asio::io_context io_;
  std::unique_ptr<net::AsioExecutor> executor_;
  std::unique_ptr<net::StoreService> store_service_;
  std::unique_ptr<PeerClients> peers_;
  std::unique_ptr<ShardNode> node_;
  std::jthread thread_;
};

}  // namespace strata::shard
