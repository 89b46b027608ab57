// The client's end of a connection, and the way to the node: a ClientProtocol, driven as Channel
// drives it (net/channel.h).
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <memory>
#include <string_view>

#include "net/client_protocol.h"
#include "net_world/session.h"

namespace strata::world {

// Its events keep it alive until it is closed.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `number`: no other connection has it. Lifetime: all references outlive it.
  Connection(Shared& shared, Node& node, const Link& link, std::uint64_t number);

  void start();
  void call(net::Request& request, env::TimePoint deadline, net::Reply reply);
  bool is_closed() const { return protocol_.closed(); }
  // It breaks. The client notices at once, and the node later, or when what is on its way has
  // arrived.
  void cut();
  // The client takes it for lost, but only its end is gone: what is on its way to the node comes
  // after this time, and the end of the connection later.
  void abandon(std::chrono::nanoseconds time);

 private:
  void connect();
  void receive(std::string_view bytes);
  void tick();
  void go_on();

  Shared& shared_;
  Node& node_;
  const Link& link_;
  const std::uint64_t number_;
  net::ClientProtocol protocol_;
  std::shared_ptr<Session> session_;
  std::unique_ptr<Pipe> to_node_;
};

}  // namespace strata::world
