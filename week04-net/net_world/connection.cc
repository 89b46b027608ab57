#include "net_world/connection.h"

#include <algorithm>
#include <utility>

#include "net/handshake.h"

namespace strata::world {
namespace {

constexpr std::chrono::milliseconds kTick{20};
constexpr std::chrono::seconds kForgotten{1};  // the node hears of the end of a lost connection

}  // namespace

Connection::Connection(Shared& shared, Node& node, const Link& link, std::uint64_t number)
    : shared_(shared),
      node_(node),
      link_(link),
      number_(number),
      protocol_({.peer = "the node", .identity = node.protocol().identity}, shared.now()) {}

void Connection::start() {
  env::Random random = shared_.draw(kConnections, link_.number);
  shared_.queue.add(some_time_after(shared_.now(), link_.longest, random), this,
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
    env::Random random = shared_.draw(kConnections, link_.number);
    if (random.one_in(2)) to_node_->drop("the connection was cut");
    to_node_->end();
  }
  go_on();
}

void Connection::abandon(std::chrono::nanoseconds time) {
  if (is_closed() || !to_node_) return;
  shared_.probes.hit("connection doubled");
  protocol_.close("the connection was lost");
  to_node_->delay_until(shared_.now() + time);
  shared_.queue.add(shared_.now() + time + kForgotten, this,
                    [self = shared_from_this()] { self->to_node_->end(); });
  go_on();
}

void Connection::connect() {
  if (is_closed()) return;
  if (!node_.is_up()) {
    protocol_.connect_failed(unavailable("nobody listens"));
    return go_on();
  }
  const auto names = shared_.observer.is_watching() ? std::make_shared<MessageNames>() : nullptr;
  session_ = std::make_shared<Session>(
      shared_, node_, link_, number_,
      Pipe::Ends{node_.name(), link_.client, net::Direction::kToClient, names,
                 [weak = weak_from_this()] {
                   if (const auto self = weak.lock()) self->session_->resume();
                 }},
      [weak = weak_from_this()](std::string_view bytes) {
        if (const auto self = weak.lock()) self->receive(bytes);
      });
  to_node_ = std::make_unique<Pipe>(
      shared_, link_,
      Pipe::Ends{link_.client, node_.name(), net::Direction::kToServer, names, [this] { go_on(); }},
      [session = session_](std::string_view bytes) { session->receive(bytes); });
  session_->read_from(*to_node_);
  if (node_.is_paused()) session_->pause_until(node_.paused_until());
  env::SeededEntropy entropy(shared_.draw(kConnections, link_.number).next());
  protocol_.connected(net::fresh_nonce(entropy));
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

// Tells callers what has become of their requests, and sends what the pipe takes.
void Connection::go_on() {
  while (auto outcome = protocol_.next_outcome()) outcome.reply(std::move(outcome.response));
  protocol_.check_invariants();
  while (to_node_ && !is_closed()) {
    const std::string_view bytes = protocol_.to_send(shared_.now());
    const std::size_t size = std::min(bytes.size(), to_node_->room());
    if (size == 0) return;
    to_node_->send(bytes.substr(0, size));
    protocol_.taken(size);
  }
}

}  // namespace strata::world
