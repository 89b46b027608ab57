#include "shard/node_process.h"

#include <asio/post.hpp>

#include <future>
#include <utility>

namespace strata::shard {

Result<std::unique_ptr<NodeProcess>> NodeProcess::start(Store& store,
                                                        const ShardNodeOptions& options,
                                                        const net::Identity& identity) {
  std::unique_ptr<NodeProcess> process(new NodeProcess);
  process->executor_ = std::make_unique<net::AsioExecutor>(process->io_, 1);
  STRATA_TRY(process->store_service_, net::StoreService::open(store));
  net::ChannelOptions channel;
  channel.identity = identity;
  channel.name = options.name;
  process->peers_ = std::make_unique<PeerClients>(process->io_, std::move(channel));
  STRATA_TRY(process->node_, ShardNode::open({.store = store,
                                              .service = *process->store_service_,
                                              .executor = *process->executor_,
                                              .peers = *process->peers_,
                                              .entropy = env::system_entropy()},
                                             options));
  process->executor_->post([&node = *process->node_] { node.start(); });
  process->thread_ = std::jthread([&io = process->io_] { io.run(); });
  return process;
}

NodeProcess::~NodeProcess() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  node_.reset();
  peers_.reset();
  store_service_.reset();  // what it still has to say finds that nobody runs the executor
  executor_.reset();
}

void NodeProcess::on_its_thread(const std::function<void(const ShardNode&)>& look) {
  std::promise<void> done;
  executor_->post([&] {
    look(*node_);
    done.set_value();
  });
  done.get_future().wait();
}

ClusterMap NodeProcess::map() {
  ClusterMap map;
  on_its_thread([&map](const ShardNode& node) { map = node.map(); });
  return map;
}

std::vector<MoveProgress> NodeProcess::moves() {
  std::vector<MoveProgress> moves;
  on_its_thread([&moves](const ShardNode& node) { moves = node.moves(); });
  return moves;
}

}  // namespace strata::shard
