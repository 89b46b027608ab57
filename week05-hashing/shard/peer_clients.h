// The real form of Peers: a client for each server, on the thread of the node.
//
// Thread-safety: as Peers. It is made and destroyed while nobody runs `io`, or on its thread.
#pragma once

#include <asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>

#include "net/client.h"
#include "shard/peers.h"

namespace strata::shard {

class PeerClients final : public Peers {
 public:
  // `channel`: of all connections, but for the endpoint. Lifetime: `io` outlives this object, and
  // nobody calls it any more when it ends.
  PeerClients(asio::io_context& io, net::ChannelOptions channel);

  void call(const Server& to, net::Request request, env::TimePoint deadline,
            net::Reply reply) override;

 private:
  net::Client* client_at(const std::string& address);  // nullptr: that is no address

  asio::io_context& io_;
  const net::ChannelOptions channel_;
  std::map<std::string, std::unique_ptr<net::Client>> clients_;  // by address
};

}  // namespace strata::shard
