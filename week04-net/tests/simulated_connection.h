// A connection in a simulated world: a ClientProtocol, bytes that take their time, and a
// ServerProtocol in front of the service of a node, which is driven as Session drives it.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/client_protocol.h"
#include "net/messages.h"
#include "net/server_protocol.h"
#include "simulated_node.h"

namespace strata::net {

// One direction: bytes arrive later, in order, in any pieces. Each of them is in the trace.
class Pipe {
 public:
  using Receive = std::function<void(std::string_view)>;  // without bytes: nothing more comes

  Pipe(SimulatedWorld& world, std::string name, Receive receive)
      : world_(world),
        name_(std::move(name)),
        receive_(std::make_shared<const Receive>(std::move(receive))) {}
  ~Pipe() { drop(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t size =
          world_.random.one_in(4) ? 1 + world_.random.below(bytes.size()) : bytes.size();
      arrive(std::string(bytes.substr(0, size)));
      bytes.remove_prefix(size);
    }
  }
  void end() { arrive({}); }
  // What has not arrived yet is lost.
  void drop() { world_.queue.cancel_all(this); }

 private:
  void arrive(std::string bytes) {
    ((world_.trace += name_) += bytes) += '\n';
    const std::chrono::milliseconds longest(world_.random.one_in(150) ? 100 : 2);
    last_ = std::max(last_, world_.within(longest));
    world_.queue.add(last_, this,
                     [receive = receive_, bytes = std::move(bytes)] { (*receive)(bytes); });
  }

  SimulatedWorld& world_;
  const std::string name_;
  const std::shared_ptr<const Receive> receive_;
  env::TimePoint last_;  // when the last piece arrives
};

// The end of the node. Replies keep it alive.
class SimulatedSession : public std::enable_shared_from_this<SimulatedSession> {
 public:
  SimulatedSession(SimulatedWorld& world, SimulatedNode& node, Pipe::Receive client)
      : world_(world),
        node_(node),
        life_(node.life()),
        protocol_(node.protocol(), fresh_nonce(world.entropy), world.now()),
        to_client_(world, "< ", std::move(client)) {}

  // The power of its node was cut. What is on its way to the client may still arrive.
  bool is_dead() const { return life_ != node_.life(); }
  // It does nothing any more.
  bool is_over() const { return peer_.is_gone || is_dead(); }

  void receive(std::string_view bytes) {
    if (is_over()) return;
    arrived_ += bytes;
    if (bytes.empty()) protocol_.ended(world_.now());
    go_on();
    if (bytes.empty()) close();
  }
  void tick() {
    if (is_over()) return;
    protocol_.tick(world_.now());
    go_on();
  }

 private:
  void go_on() {
    std::string bytes;  // protocol_ uses them until it has no request left
    for (;;) {
      do {
        handing_over_ = true;
        while (const Handed* request = protocol_.next(world_.now(), 0)) hand_over(*request);
        handing_over_ = false;
        flush();
      } while (protocol_.ready(0));
      if (arrived_.empty() || !protocol_.wants_bytes(0)) break;
      bytes = std::exchange(arrived_, {});
      protocol_.received(bytes, world_.now());
    }
    protocol_.check_invariants();
    if (!is_dead() && (protocol_.over() || protocol_.is_shut())) close();
  }

  void flush() {
    const std::string_view bytes = protocol_.to_send();
    if (bytes.empty() || is_dead()) return;
    to_client_.send(bytes);
    protocol_.taken(bytes.size(), world_.now());
  }

  void close() {
    if (peer_.is_gone.exchange(true)) return;
    protocol_.closed();
    to_client_.end();
  }

  void hand_over(const Handed& request) {
    Request& asked = protocol_.request();
    const Context context{
        .peer = &peer_, .deadline = request.deadline, .hops = asked.hops(), .more = true};
    node_.flush_later();
    node_.service().handle(std::move(asked), context,
                           [self = shared_from_this(), &request](Response response) {
                             self->answer(request, std::move(response));
                           });
  }

  void answer(const Handed& request, Response response) {
    if (is_over()) return;
    if (!handing_over_ && !node_.answers_in_place())
      return answer_from_elsewhere(request, std::move(response));
    protocol_.answer(request, std::move(response), world_.now(), 0, arriving_);
    if (!handing_over_) go_on();
  }

  // Another thread has the answer. It takes some time until this one sees it.
  void answer_from_elsewhere(const Handed& request, Response response) {
    response.set_id(request.id);
    std::string frame;
    append_message(response, frame);
    arriving_ += frame.size();
    world_.queue.add(world_.within(std::chrono::milliseconds(1)), this,
                     [self = shared_from_this(), &request, frame = std::move(frame),
                      is_error = response.has_error()] {
                       self->arriving_ -= frame.size();
                       if (self->is_over()) return;
                       self->protocol_.answered(request, frame, is_error, self->world_.now());
                       self->go_on();
                     });
  }

  SimulatedWorld& world_;
  SimulatedNode& node_;
  const std::uint64_t life_;  // of the node
  Peer peer_{.id = 1};
  ServerProtocol protocol_;
  std::string arrived_;  // bytes that protocol_ has not taken
  std::size_t arriving_ = 0;
  bool handing_over_ = false;
  Pipe to_client_;
};

// The end of the client, and the way to the node. Its events keep it alive until it is closed.
class SimulatedConnection : public std::enable_shared_from_this<SimulatedConnection> {
 public:
  SimulatedConnection(SimulatedWorld& world, SimulatedNode& node)
      : world_(world),
        node_(node),
        protocol_({.peer = "the node", .identity = node.protocol().identity}, world.now()) {}

  void start() {
    world_.queue.add(world_.within(std::chrono::milliseconds(2)), this,
                     [self = shared_from_this()] { self->connect(); });
    tick();
  }

  void call(Request& request, env::TimePoint deadline, Reply reply) {
    protocol_.call(request, deadline, world_.now(), std::move(reply));
    go_on();
  }
  bool is_closed() const { return protocol_.closed(); }

  // It breaks. The client notices at once, and the node later.
  void cut() {
    if (is_closed()) return;
    protocol_.close("the connection was cut");
    if (to_node_) {
      if (world_.random.one_in(2)) to_node_->drop();
      to_node_->end();
    }
    go_on();
  }

 private:
  static constexpr std::chrono::milliseconds kTick{20};

  void connect() {
    if (is_closed()) return;
    if (!node_.is_up()) {
      protocol_.connect_failed(unavailable("nobody listens"));
    } else {
      session_ = std::make_shared<SimulatedSession>(
          world_, node_, [weak = weak_from_this()](std::string_view bytes) {
            if (const auto self = weak.lock()) self->receive(bytes);
          });
      to_node_ = std::make_unique<Pipe>(
          world_, "> ", [session = session_](std::string_view bytes) { session->receive(bytes); });
      protocol_.connected(fresh_nonce(world_.entropy));
    }
    go_on();
  }

  void receive(std::string_view bytes) {
    if (is_closed()) return;
    if (bytes.empty()) return cut();
    protocol_.received(bytes);
    go_on();
  }

  void tick() {
    if (session_ && session_->is_dead()) cut();
    protocol_.tick(world_.now());
    if (session_) session_->tick();
    go_on();
    if (is_closed() && (!session_ || session_->is_over())) return;
    world_.queue.add(world_.now() + kTick, this, [self = shared_from_this()] { self->tick(); });
  }

  // Tells callers what has become of their requests, and sends.
  void go_on() {
    while (auto outcome = protocol_.next_outcome()) outcome.reply(std::move(outcome.response));
    protocol_.check_invariants();
    while (to_node_ && !is_closed()) {
      const std::string_view bytes = protocol_.to_send(world_.now());
      if (bytes.empty()) return;
      const std::size_t size =
          world_.random.one_in(4) ? 1 + world_.random.below(bytes.size()) : bytes.size();
      to_node_->send(bytes.substr(0, size));
      protocol_.taken(size);
      if (world_.random.one_in(300)) cut();
    }
  }

  SimulatedWorld& world_;
  SimulatedNode& node_;
  ClientProtocol protocol_;
  std::shared_ptr<SimulatedSession> session_;
  std::unique_ptr<Pipe> to_node_;
};

}  // namespace strata::net
