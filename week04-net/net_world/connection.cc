#include "net_world/connection.h"

#include <utility>

#include "net/handshake.h"

namespace strata::world {
namespace {

constexpr std::chrono::milliseconds kTick{20};

}  // namespace

Connection::Connection(Shared& shared, Node& node, const Link& link, std::uint64_t number)
    : shared_(shared),
      node_(node),
      link_(link),
      number_(number),
      random_(shared.stream(kConnections, number)),
      protocol_({.peer = "the node", .identity = node.protocol().identity}, shared.now()) {}

void Connection::start() {
  shared_.queue.add(some_time_after(shared_.now(), link_.longest, random_), this,
                    [self = shared_from_this()] { self->connect(); });
  tick();
}

void Connection::call(net::Request& request, env::TimePoint deadline, net::Reply reply) {
  protocol_.call(request, deadline, shared_.now(), std::move(reply));
  go_on();
}

void Connection::cut() {
  if (is_closed()) return;
  shared_.probes.hit("connection lost");
  protocol_.close("the connection was cut");
  if (to_node_) {
    if (random_.one_in(2)) to_node_->drop();
    to_node_->end();
  }
  go_on();
}

void Connection::connect() {
  if (is_closed()) return;
  if (!node_.is_up()) {
    protocol_.connect_failed(unavailable("nobody listens"));
  } else {
    session_ = std::make_shared<Session>(shared_, node_, link_, 2 * number_,
                                         [weak = weak_from_this()](std::string_view bytes) {
                                           if (const auto self = weak.lock()) self->receive(bytes);
                                         });
    to_node_ = std::make_unique<Pipe>(
        shared_, link_, 2 * number_ + 1,
        [session = session_](std::string_view bytes) { session->receive(bytes); });
    protocol_.connected(net::fresh_nonce(shared_.entropy));
  }
  go_on();
}

void Connection::receive(std::string_view bytes) {
  if (is_closed()) return;
  if (bytes.empty()) return cut();
  protocol_.received(bytes);
  go_on();
}

void Connection::tick() {
  if (session_ && session_->is_dead()) cut();
  protocol_.tick(shared_.now());
  if (session_) session_->tick();
  go_on();
  if (is_closed() && (!session_ || session_->is_over())) return;
  shared_.queue.add(shared_.now() + kTick, this, [self = shared_from_this()] { self->tick(); });
}

// Tells callers what has become of their requests, and sends.
void Connection::go_on() {
  while (auto outcome = protocol_.next_outcome()) outcome.reply(std::move(outcome.response));
  protocol_.check_invariants();
  while (to_node_ && !is_closed()) {
    const std::string_view bytes = protocol_.to_send(shared_.now());
    if (bytes.empty()) return;
    const std::size_t size = random_.one_in(4) ? 1 + random_.below(bytes.size()) : bytes.size();
    to_node_->send(bytes.substr(0, size));
    protocol_.taken(size);
  }
}

}  // namespace strata::world
