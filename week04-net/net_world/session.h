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
  // `number`: no other session has it. Lifetime: all references outlive it.
  Session(Shared& shared, Node& node, const Link& link, std::uint64_t number, Pipe::Ends ends,
          Pipe::Receive client);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The node has died since. What is on its way to the client may still arrive.
  bool is_dead() const { return life_ != node_.life(); }
  // It does nothing any more.
  bool is_over() const { return peer_.is_gone || is_dead(); }
  // The bytes that it holds.
  std::size_t held() const {
    return is_over() ? 0 : protocol_.held() + arriving_ + arrived_.size();
  }

  // What arrives on the pipe waits there, as long as the process stands still. Lifetime: the pipe
  // outlives the session, or the session is over by then.
  void read_from(Pipe& from_client) { from_client_ = &from_client; }
  void receive(std::string_view bytes);
  void tick();
  // Its pipe has room again.
  void resume();
  // Its process stands still.
  void pause_until(env::TimePoint time);

 private:
  void go_on();
  void flush();
  void close();
  void hand_over(const net::Handed& request);
  void answer(const net::Handed& request, net::Response response);
  void answer_from_elsewhere(const net::Handed& request, net::Response response);

  Shared& shared_;
  Node& node_;
  const Link& link_;
  const std::uint64_t life_;  // of the node
  net::Peer peer_;
  net::ServerProtocol protocol_;
  Pipe to_client_;
  Pipe* from_client_ = nullptr;
  std::string arrived_;  // bytes that protocol_ has not taken
  std::size_t arriving_ = 0;
  bool handing_over_ = false;
};

}  // namespace strata::world
