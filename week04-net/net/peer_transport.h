// The real form of env::Transport: messages go to the port that serves clients, with the same
// frames, handshake and secret.
//
//   send:     a queue for each peer -> one request with all that waits -> the peer's server
//   receive:  a server -> PeerService -> the node's handler, on its executor
//
// A peer has one request under way. The next one leaves when that is answered or given up; so a
// node that is slow gets few large requests. One that it comes to after its time is thrown away.
// What waits in a queue is bounded: the oldest message goes first. A request is never sent again,
// so a message arrives at most once. After a failure the transport pauses for a while before it
// connects again.
//
// Thread-safety: belongs to the thread of `executor`, which runs `io`; only take() and
// give_up() may be called from others.
#pragma once

#include <asio/io_context.hpp>

#include <chrono>
#include <map>
#include <memory>

#include "env/executor.h"
#include "env/transport.h"
#include "net/client.h"
#include "net/extension.h"

namespace strata::net {

inline constexpr MessageKind kPeerMessages{.number = 401, .answer = 402, .changes = true};

struct PeerTransportOptions {
  env::NodeId self;
  ChannelOptions channel = {};                       // of all connections, but for the endpoint
  std::size_t queue_bytes = std::size_t{16} << 20;   // that may wait for a peer
  std::size_t request_bytes = std::size_t{1} << 20;  // of the messages in a request; a message that
                                                     // is larger goes alone
  std::chrono::milliseconds patience{1000};          // for an answer
  std::chrono::milliseconds pause{50};               // after a failure
};

struct PeerFigures {
  std::uint64_t sent = 0;     // messages that the peers have taken
  std::uint64_t lost = 0;     // that were under way when a request failed; some may have arrived
  std::uint64_t dropped = 0;  // that had no room in a queue, or no peer to go to
};

class PeerTransport final : public env::Transport {
 public:
  // Lifetime: `io` and `executor` outlive the transport.
  PeerTransport(asio::io_context& io, env::Executor& executor, PeerTransportOptions options);
  // What waits is lost.
  ~PeerTransport() override;

  // From now on messages to `peer` go there; replaces the place that was known. Messages that wait
  // stay.
  void set_peer(env::NodeId peer, Endpoint endpoint);
  // Messages to it are lost from now on.
  void remove_peer(env::NodeId peer);

  // A message that exceeds queue_bytes is dropped. A server refuses one that exceeds its limit for
  // a frame.
  void send(env::NodeId to, Bytes message) override;
  void on_message(Handler handler) override;

  PeerFigures figures() const { return figures_; }
  // What waits for a peer is counted, and within the limit.
  void check_invariants() const;

  // Gives the messages of a request of the kind kPeerMessages to the handler, and then answers.
  // From any thread. Requires: nobody calls it any more when the transport ends.
  void take(const Request& request, const Context& context, Reply reply);
  // Answers at once the requests whose messages the handler has not got; it will not get them.
  // From any thread.
  void give_up();

 private:
  class Peer;
  class Inbox;

  asio::io_context& io_;
  env::Executor& executor_;
  const PeerTransportOptions options_;
  PeerFigures figures_;
  const std::shared_ptr<Inbox> inbox_;
  std::map<env::NodeId, std::unique_ptr<Peer>> peers_;
};

// Takes the requests of peers out of what a server serves; passes on all others.
class PeerService final : public Service {
 public:
  // Lifetime: both must outlive the service.
  PeerService(PeerTransport& transport, Service& rest) : transport_(transport), rest_(rest) {}

  void handle(Request request, const Context& context, Reply reply) override;
  void flush() override { rest_.flush(); }
  bool durable() const override { return rest_.durable(); }
  proto::Limits limits() const override { return rest_.limits(); }
  void housekeep() override { rest_.housekeep(); }
  void give_up() override;

 private:
  PeerTransport& transport_;
  Service& rest_;
};

}  // namespace strata::net
