// The node's end of a connection: a ServerProtocol in front of the service, driven as Session
// drives it (net/session.h).
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/server_protocol.h"
#include "net_world/node.h"
#include "net_world/pipe.h"

namespace strata::world {

// Replies keep it alive.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `number` is that of its pipe, too. Lifetime: all references outlive it.
  Session(Shared& shared, Node& node, const Link& link, std::uint64_t number, Pipe::Receive client);

  // The node has died since. What is on its way to the client may still arrive.
  bool is_dead() const { return life_ != node_.life(); }
  // It does nothing any more.
  bool is_over() const { return peer_.is_gone || is_dead(); }

  void receive(std::string_view bytes);
  void tick();

 private:
  void go_on();
  void flush();
  void close();
  void hand_over(const net::Handed& request);
  void answer(const net::Handed& request, net::Response response);
  void answer_from_elsewhere(const net::Handed& request, net::Response response);

  Shared& shared_;
  Node& node_;
  const std::uint64_t life_;  // of the node
  net::Peer peer_;
  env::Random random_;
  net::ServerProtocol protocol_;
  Pipe to_client_;
  std::string arrived_;  // bytes that protocol_ has not taken
  std::size_t arriving_ = 0;
  bool handing_over_ = false;
};

}  // namespace strata::world
