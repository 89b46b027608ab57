#include "net/peer_transport.h"

#include <deque>
#include <utility>

#include "net/messages.h"
#include "net/peer.pb.h"

namespace strata::net {
namespace {

constexpr std::size_t kCost = 64;  // bytes of memory that a message takes beside its own

}  // namespace

// The messages that wait for one peer, and the connection to it.
class PeerTransport::Peer {
 public:
  Peer(PeerTransport& transport, Endpoint endpoint)
      : transport_(transport), client_(transport.io_, options(std::move(endpoint))) {}

  void send(Bytes message) {
    const std::size_t size = message.size() + kCost;
    waiting_.push_back(std::move(message));
    bytes_ += size;
    while (bytes_ > transport_.options_.queue_bytes) {
      ++transport_.figures_.dropped;
      take_oldest();
    }
    send_some();
  }

  std::deque<Bytes> take_waiting() { return std::exchange(waiting_, {}); }

 private:
  ClientOptions options(Endpoint endpoint) const {
    ClientOptions options{.channel = transport_.options_.channel,
                          .connections = 1,
                          .timeout = transport_.options_.patience,
                          .retries = false};
    options.channel.endpoint = std::move(endpoint);
    return options;
  }

  Bytes take_oldest() {
    Bytes oldest = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= oldest.size() + kCost;
    return oldest;
  }

  // If memory runs out, the messages that were taken out of the queue are lost.
  void send_some() {
    if (busy_ || waiting_.empty()) return;
    std::uint64_t count = 0;
    Bytes messages;
    do {
      const Bytes message = take_oldest();
      Encoder out(messages);
      out.u32(static_cast<std::uint32_t>(message.size()));
      out.bytes(message);
      ++count;
    } while (!waiting_.empty() &&
             messages.size() + waiting_.front().size() <= transport_.options_.request_bytes);
    proto::PeerMessages body;
    body.set_from(transport_.options_.self.value());
    body.set_messages(std::string(as_text(messages)));
    // The client does not outlive this peer; when it ends, it answers what is under way.
    client_.call(extend(kPeerMessages, body), [this, count](const Response& response) {
      if (response.has_error())
        failed(count);
      else
        taken(count);
    });
    busy_ = true;
  }

  void taken(std::uint64_t count) {
    transport_.figures_.sent += count;
    busy_ = false;
    send_some();
  }

  void failed(std::uint64_t count) {
    transport_.figures_.lost += count;
    busy_ = false;
    again_ =
        transport_.executor_.at(transport_.executor_.now() + transport_.options_.pause, [this] {
          busy_ = false;
          send_some();
        });
    busy_ = true;
  }

  PeerTransport& transport_;
  std::deque<Bytes> waiting_;
  std::size_t bytes_ = 0;  // of waiting_
  bool busy_ = false;      // a request is under way, or the pause after a failure
  env::Timer again_;       // ends that pause
  Client client_;          // last: when it ends, it calls back
};

PeerTransport::PeerTransport(asio::io_context& io, env::Executor& executor,
                             PeerTransportOptions options)
    : io_(io), executor_(executor), options_(std::move(options)) {}

PeerTransport::~PeerTransport() { inbox_->handler = nullptr; }

void PeerTransport::set_peer(env::NodeId peer, Endpoint endpoint) {
  auto made = std::make_unique<Peer>(*this, std::move(endpoint));
  std::unique_ptr<Peer>& place = peers_.try_emplace(peer, nullptr).first->second;
  std::deque<Bytes> waiting;
  if (place) waiting = place->take_waiting();
  place = std::move(made);
  for (Bytes& message : waiting) place->send(std::move(message));
}

void PeerTransport::remove_peer(env::NodeId peer) { peers_.erase(peer); }

void PeerTransport::send(env::NodeId to, Bytes message) {
  if (to == options_.self) {
    executor_.post([inbox = inbox_, to, message = std::move(message)]() mutable {
      if (inbox->handler) inbox->handler(to, std::move(message));
    });
    return;
  }
  const auto found = peers_.find(to);
  if (found == peers_.end()) {
    ++figures_.dropped;
    return;
  }
  found->second->send(std::move(message));
}

void PeerTransport::on_message(Handler handler) { inbox_->handler = std::move(handler); }

void PeerTransport::take(const Request& request, const Context& context, Reply reply) {
  proto::PeerMessages messages;
  if (!unpack(request, messages))
    return reply(net::failed(request.id(), proto::Error::INVALID_ARGUMENT,
                             "the request holds no messages of a peer"));
  Response answer = answered(request, proto::PeerMessagesTaken());
  executor_.post([&executor = executor_, inbox = inbox_, context, messages = std::move(messages),
                  answer = std::move(answer), reply = std::move(reply)]() mutable {
    if (!inbox->handler || context.is_late(executor.now()))  // the peer has sent newer ones since
      return reply(net::failed(answer.id(), proto::Error::DEADLINE, "nobody takes messages"));
    Decoder in(as_bytes(messages.messages()));
    for (;;) {
      const auto size = in.u32();
      const auto message = size ? in.bytes(*size) : std::nullopt;
      if (!message || !inbox->handler) break;
      inbox->handler(env::NodeId(messages.from()), Bytes(message->begin(), message->end()));
    }
    reply(std::move(answer));
  });
}

void PeerService::handle(Request request, const Context& context, Reply reply) {
  if (kind_of(request) == kPeerMessages.number)
    transport_.take(request, context, std::move(reply));
  else
    rest_.handle(std::move(request), context, std::move(reply));
}

}  // namespace strata::net
