#include "net/server_protocol.h"

#include <new>
#include <utility>

#include "base/assert.h"
#include "net/extension.h"
#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::chrono::seconds kParting{1};
// The server always reads from a connection for which it holds no more than this, however full it
// is. So others cannot stop a client that waits for each of its answers.
constexpr std::size_t kAlwaysRoom = std::size_t{16} << 10;

// Whether the answer may be much larger than the request.
bool reads(const Request& request) {
  return request.has_get() || request.has_scan() || request.has_scan_next() ||
         (request.has_extension() && !may_change(request));
}

}  // namespace

ServerProtocol::ServerProtocol(const Settings& settings, std::string nonce, TimePoint now,
                               Watch watch)
    : settings_(settings),
      watch_(std::move(watch)),
      handshake_(std::in_place, settings.identity, std::move(nonce), now),
      receive_(kMaxHelloSize, now),
      admission_(settings.limits.clients) {}

// ---- The connection

void ServerProtocol::received(std::string_view bytes, TimePoint now) {
  if (phase_ == Phase::kServing) receive_.feed(bytes, now);
}

void ServerProtocol::ended(TimePoint now) {
  if (phase_ == Phase::kServing && handshake_) {
    refuse(handshake_->missing());
  } else if (phase_ == Phase::kServing) {
    phase_ = Phase::kAnswering;
    receive_.clear();
  } else if (phase_ == Phase::kShut) {
    phase_ = Phase::kOver;
  }
  advance(now);
}

void ServerProtocol::taken(std::size_t size, TimePoint now) {
  buffer_.take(size);
  if (!buffer_.empty()) return;
  blocked_since_.reset();
  quiet_since_ = now;
  advance(now);
}

void ServerProtocol::tick(TimePoint now) {
  const ServerLimits& limits = settings_.limits;
  const bool idle = owed_.requests() == 0 && buffer_.empty() && !receive_.paused();
  if (phase_ == Phase::kShut) {
    if (now - shut_since_ > kParting) phase_ = Phase::kOver;
  } else if (handshake_ && now - handshake_->began() > limits.handshake) {
    give_up("the handshake takes too long");
  } else if (blocked_since_ && now - *blocked_since_ > limits.send) {
    give_up("the client takes no answers");
  } else if (receive_.takes_longer_than(limits.frame, now)) {
    give_up("a frame takes too long to arrive");
  } else if (!handshake_ && idle && now - std::max(receive_.since(), quiet_since_) > limits.idle) {
    give_up("the connection was idle for too long");
  }
  owed_.shrink();
}

bool ServerProtocol::over_limits(std::size_t others) const {
  const ServerLimits& limits = settings_.limits;
  return in_flight() + owed_.expected() > limits.connection_bytes ||
         owed_.requests() >= limits.connection_requests ||
         (held() > kAlwaysRoom && others + held() > limits.total_bytes);
}

bool ServerProtocol::ready(std::size_t others) const {
  return phase_ == Phase::kServing && !receive_.hungry() && !over_limits(others);
}

bool ServerProtocol::wants_bytes(std::size_t others) const {
  if (phase_ == Phase::kShut) return true;  // until the peer has closed its side
  return phase_ == Phase::kServing && receive_.hungry() && !over_limits(others);
}

// ---- Requests

const Handed* ServerProtocol::next(TimePoint now, std::size_t others) {
  // TASK 4.5: take frames out of receive_ until one of them holds a request to hand over; nullptr
  // if there is none for now. Take none after the last word (the phase_ is not kServing any more),
  // and none while over_limits(): look before each frame. A damaged frame ends the connection
  // (damaged). Observers see each frame (show_received). As long as there is a handshake_, its
  // frames go to greet(). The others go to admit(), which returns the request if it is to be handed
  // over. If the limits are reached at the end, put aside what has arrived (put_aside).
  while (phase_ == Phase::kServing && !over_limits(others)) {
    const auto payload = receive_.next(now);
    if (!payload) {
      damaged(payload.error());
      break;
    }
    if (!*payload) break;
    show_received(**payload);
    if (handshake_)
      greet(**payload);
    else if (const Handed* const request = admit(**payload, now))
      return request;
  }
  if (over_limits(others)) receive_.put_aside();
  return nullptr;
  // END TASK 4.5
}

void ServerProtocol::greet(std::string_view payload) {
  const auto hello = handshake_->take(payload, settings_.durable, settings_.told);
  if (!hello) return refuse(hello.error());
  if (*hello) send(**hello);
  if (!handshake_->over()) return;
  handshake_.reset();
  receive_.set_max_payload(settings_.limits.frame_bytes);
}

void ServerProtocol::damaged(const Error& error) {
  if (handshake_)
    refuse(handshake_->missing());
  else
    say_last(proto::Error::CORRUPTION, error.message);
}

// Ends the connection during its handshake.
void ServerProtocol::refuse(const proto::Error& error) { say_last(error.code(), error.message()); }

// Decides about a request. nullptr: it is not to be handed over, and the peer is told so.
const Handed* ServerProtocol::admit(std::string_view payload, TimePoint now) {
  auto refusal = admission_.judge(payload, stopping_);
  const Request& request = admission_.request();
  if (request.id() == 0) {
    say_last(proto::Error::INVALID_ARGUMENT, "a frame holds no request that this server knows");
    return nullptr;
  }
  ++figures_.requests;
  if (refusal) {
    send(failed(request.id(), *std::move(refusal)));
    return nullptr;
  }
  return &owed_.add({.id = request.id(),
                     .bytes = admission_.bytes(),
                     .since = now,
                     .deadline = deadline_of(request, now),
                     .name = name_of(request),
                     .is_read = reads(request)});
}

void ServerProtocol::answer(const Handed& request, Response&& response, TimePoint now,
                            std::size_t others, std::size_t arriving) {
  // TASK 4.5: the response gets the id of the request. If it no longer fits() - in_flight()
  // and arriving bytes on this connection, others and held() of all - it is replaced by no_room(),
  // and counted in figures_.shed. Send it; after that, and not before, the request is settled: if
  // memory runs out in send(), the request is still owed, and the last word must be UNKNOWN.
  // settle() wants the response's ByteSizeLong(); 0 for an error. At last the connection may have
  // come to its end (advance).
  response.set_id(request.id);
  const std::size_t size = response.ByteSizeLong();
  if (!fits(settings_.limits, request.is_read && !response.has_error(), size,
            in_flight() + arriving, others + held())) {
    response = no_room(response);
    ++figures_.shed;
  }
  send(response);
  owed_.settle(request, response.has_error() ? 0 : size);
  advance(now);
  // END TASK 4.5
}

void ServerProtocol::answered(const Handed& request, std::string_view frame, bool is_error,
                              TimePoint now) {
  if (phase_ < Phase::kParting) {
    const std::size_t before = buffer_.size();
    buffer_.add(frame);
    show_sent(before);
  }
  owed_.settle(request, is_error ? 0 : frame.size());
  advance(now);
}

bool ServerProtocol::fits(const ServerLimits& limits, bool is_read, std::size_t size,
                          std::size_t in_flight, std::size_t held_by_all) {
  if (!is_read) return true;
  return in_flight + size <= limits.connection_bytes + limits.answer_bytes &&
         held_by_all + size <= limits.total_bytes + limits.answer_bytes;
}

// The page cannot be read from its scan again, so the client must not ask for it again.
Response ServerProtocol::no_room(const Response& answer) {
  return failed(answer.id(), answer.has_page() ? proto::Error::UNKNOWN : proto::Error::UNAVAILABLE,
                "there is no room for this answer before others have been taken");
}

}  // namespace strata::net
