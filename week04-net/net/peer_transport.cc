#include "net/peer_transport.h"

#include <array>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"
#include "net/messages.h"
#include "net/peer.pb.h"

namespace strata::net {
namespace {

constexpr std::size_t kCost = 64;  // bytes of memory that a message takes beside its own

void append_framed(ByteView message, std::string& out) {
  std::array<std::byte, 4> size;
  store_little_endian(size.data(), static_cast<std::uint32_t>(message.size()));
  out += as_text(size);
  out += as_text(message);
}

// The next message of a request; nullopt behind the last one, and where a size is wrong.
std::optional<ByteView> next_message(Decoder& in) {
  const auto size = in.u32();
  return size ? in.bytes(*size) : std::nullopt;
}

bool is_whole(std::string_view messages) {
  Decoder in(as_bytes(messages));
  while (next_message(in)) {
  }
  return in.remaining() == 0;
}

}  // namespace

// What has come from peers. Tasks of the executor keep it alive.
class PeerTransport::Inbox {
 public:
  // On the executor's thread:
  void on_message(Handler handler) { handler_ = std::make_shared<Handler>(std::move(handler)); }
  void close() { handler_ = nullptr; }
  bool is_open() const { return handler_ != nullptr; }
  void deliver(env::NodeId from, Bytes message) const {
    const auto handler = handler_;  // alive while it runs
    if (handler) (*handler)(from, std::move(message));
  }

  // From any thread:
  std::uint64_t keep(Reply reply) {
    const std::lock_guard lock(mutex_);
    unanswered_.emplace(++last_, std::move(reply));
    return last_;
  }
  // The reply, unless somebody else has taken it.
  Reply take(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = unanswered_.extract(number);
    return found ? std::move(found.mapped()) : Reply();
  }
  std::map<std::uint64_t, Reply> take_all() {
    const std::lock_guard lock(mutex_);
    return std::exchange(unanswered_, {});
  }

 private:
  std::shared_ptr<Handler> handler_;  // null: nobody listens
  std::mutex mutex_;
  std::uint64_t last_ = 0;                     // guarded by mutex_
  std::map<std::uint64_t, Reply> unanswered_;  // guarded by mutex_; of requests that wait
};

// The messages that wait for one peer, and the connection to it.
class PeerTransport::Peer {
 public:
  Peer(PeerTransport& transport, Endpoint endpoint)
      : transport_(transport), client_(transport.io_, options(std::move(endpoint))) {}

  void send(Bytes message) {
    const std::size_t size = message.size() + kCost;
    if (size > transport_.options_.queue_bytes) {
      ++transport_.figures_.dropped;
      return;
    }
    waiting_.push_back(std::move(message));
    bytes_ += size;
    while (bytes_ > transport_.options_.queue_bytes) {
      ++transport_.figures_.dropped;
      take_oldest();
    }
    send_some();
  }

  void check_invariants() const {
    std::size_t bytes = 0;
    for (const Bytes& message : waiting_) bytes += message.size() + kCost;
    STRATA_ASSERT(bytes_ == bytes && bytes <= transport_.options_.queue_bytes);
    STRATA_ASSERT(busy_ || waiting_.empty());
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
    proto::PeerMessages body;
    body.set_from(transport_.options_.self.value());
    std::string& messages = *body.mutable_messages();
    do {
      append_framed(take_oldest(), messages);
      ++count;
    } while (!waiting_.empty() &&
             messages.size() + waiting_.front().size() <= transport_.options_.request_bytes);
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
    : io_(io),
      executor_(executor),
      options_(std::move(options)),
      inbox_(std::make_shared<Inbox>()) {}

PeerTransport::~PeerTransport() { inbox_->close(); }

void PeerTransport::set_peer(env::NodeId peer, Endpoint endpoint) {
  auto made = std::make_unique<Peer>(*this, std::move(endpoint));
  std::unique_ptr<Peer>& place = peers_.try_emplace(peer, nullptr).first->second;
  std::deque<Bytes> waiting;
  if (place) waiting = place->take_waiting();
  place = std::move(made);
  for (Bytes& message : waiting) place->send(std::move(message));
}

void PeerTransport::remove_peer(env::NodeId peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  figures_.dropped += found->second->take_waiting().size();
  peers_.erase(found);
}

void PeerTransport::check_invariants() const {
  for (const auto& [number, peer] : peers_) peer->check_invariants();
}

void PeerTransport::send(env::NodeId to, Bytes message) {
  if (to == options_.self) {
    executor_.post([inbox = inbox_, to, message = std::move(message)]() mutable {
      inbox->deliver(to, std::move(message));
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

void PeerTransport::on_message(Handler handler) { inbox_->on_message(std::move(handler)); }

void PeerTransport::take(const Request& request, const Context& context, Reply reply) {
  proto::PeerMessages messages;
  if (!unpack(request, messages) || !is_whole(messages.messages()))
    return reply(net::failed(request.id(), proto::Error::INVALID_ARGUMENT,
                             "the request holds no messages of a peer"));
  Response answer = answered(request, proto::PeerMessagesTaken());
  const std::uint64_t number = inbox_->keep(std::move(reply));
  try {
    executor_.post([&executor = executor_, inbox = inbox_, number, context,
                    messages = std::move(messages), answer = std::move(answer)]() mutable {
      Reply waits = inbox->take(number);
      if (!waits) return;  // given up
      if (!inbox->is_open() ||
          context.is_late(executor.now()))  // the peer has sent newer ones since
        return waits(net::failed(answer.id(), proto::Error::DEADLINE, "nobody takes messages"));
      Decoder in(as_bytes(messages.messages()));
      while (const auto message = next_message(in))
        inbox->deliver(env::NodeId(messages.from()), Bytes(message->begin(), message->end()));
      waits(std::move(answer));
    });
  } catch (...) {
    inbox_->take(number);
    throw;
  }
}

void PeerTransport::give_up() {
  for (auto& [number, reply] : inbox_->take_all())
    reply(net::failed(0, proto::Error::UNAVAILABLE, "nobody takes messages any more"));
}

void PeerService::give_up() {
  transport_.give_up();
  rest_.give_up();
}

void PeerService::handle(Request request, const Context& context, Reply reply) {
  if (kind_of(request) == kPeerMessages.number)
    transport_.take(request, context, std::move(reply));
  else
    rest_.handle(std::move(request), context, std::move(reply));
}

}  // namespace strata::net
