#include "net/client_protocol.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "net/messages.h"

namespace strata::net {
namespace {

proto::Error error_of(proto::Error::Code code, std::string message) {
  proto::Error error;
  error.set_code(code);
  error.set_message(std::move(message));
  return error;
}

std::uint32_t timeout_until(ClientProtocol::TimePoint deadline, ClientProtocol::TimePoint now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(left.count(), 1, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

ClientProtocol::ClientProtocol(Settings settings, TimePoint now)
    : settings_(std::move(settings)), started_(now) {}

// ---- The handshake

void ClientProtocol::connected(std::string nonce) {
  if (closed()) return;
  nonce_ = std::move(nonce);
  buffer_.add(hello(settings_.identity, nonce_, settings_.name));
  state_ = State::kGreeting;
}

void ClientProtocol::connect_failed(const Error& error) { fail(error_to(error)); }

void ClientProtocol::received(std::string_view bytes) {
  if (closed()) return;
  decoder_.feed(bytes);
  if (state_ == State::kGreeting) take_hello();
}

void ClientProtocol::take_hello() {
  const auto payload = decoder_.next();
  if (!payload) return fail(error_to(payload.error()));
  if (!*payload) return;
  proto::ServerHello answer;
  if (!parse(**payload, answer))
    return fail(
        error_of(proto::Error::CORRUPTION, settings_.peer + " answers something that is no hello"));
  const auto proof = accept(answer, settings_.identity, nonce_);
  if (!proof) return fail(error_to(proof.error()));
  if (*proof) buffer_.add(**proof);
  welcome_ = std::move(*answer.mutable_welcome());
  state_ = State::kOpen;
}

// ---- Requests

void ClientProtocol::call(Request& request, TimePoint deadline, TimePoint now, Reply reply) {
  request.set_id(last_id_ + 1);
  Waiting& waiting = waiting_
                         .try_emplace(request.id(), std::move(reply), deadline, may_change(request),
                                      Expected(request))
                         .first->second;
  ++last_id_;
  if (closed()) return;
  try {
    if (open() && queue_.empty() && buffer_.size() < settings_.buffered)
      return send(waiting, request, now);
    waiting.queued = request.SerializeAsString();
    queue_.push_back(last_id_);
  } catch (...) {
    waiting_.erase(last_id_);
    throw;
  }
}

// If it throws, the request has not been sent.
void ClientProtocol::send(Waiting& waiting, Request& request, TimePoint now) {
  if (waiting.deadline != TimePoint::max())
    request.set_timeout_ms(timeout_until(waiting.deadline, now));
  const std::uint64_t starts_at = buffer_.queued();
  buffer_.add(request);
  waiting.starts_at = starts_at;
}

// If it throws, the request has not been sent. Encoded messages that follow one another are one
// message, so the timeout, which is known only now, can stand behind the rest.
void ClientProtocol::send_queued(Waiting& waiting, TimePoint now) {
  Request rest;
  if (waiting.deadline != TimePoint::max())
    rest.set_timeout_ms(timeout_until(waiting.deadline, now));
  std::string frame;
  append_frame(waiting.queued + rest.SerializeAsString(), frame);
  const std::uint64_t starts_at = buffer_.queued();
  buffer_.add(frame);
  waiting.starts_at = starts_at;
  std::string().swap(waiting.queued);
}

// Moves requests from the queue into the buffer, while there is room.
std::string_view ClientProtocol::to_send(TimePoint now) {
  for (; open() && !queue_.empty() && buffer_.size() < settings_.buffered; queue_.pop_front()) {
    const auto first = waiting_.find(queue_.front());
    // It is late, or a server has answered what nobody sent.
    if (first == waiting_.end() || first->second.late) continue;
    send_queued(first->second, now);
  }
  return buffer_.unsent();
}

// ---- Outcomes

// The next answer that somebody waits for.
ClientProtocol::Outcome ClientProtocol::next_answer() {
  // TASK 4.6: take payloads out of decoder_ until one of them answers a request in waiting_. Take
  // that request out of waiting_, and return its reply with the answer. An answer of another kind
  // than expected becomes UNKNOWN: it says nothing about the request. Ignore an id that nobody
  // waits for. Return without a reply if more bytes are needed, and after everything that ends the
  // connection: damage, or a payload that is no Response (close() it); and the id 0, which is the
  // server's last word (fail() gives its error to everybody).

  for (;;) {
    Outcome answered;  // a fresh one: Protobuf leaves a message damaged if memory runs out
    Response& response = answered.response;
    const auto payload = decoder_.next();
    if (!payload) {
      close(payload.error().message);
      return answered;
    }
    if (!*payload) return answered;
    if (!parse(**payload, response)) {
      close("a frame of the server holds no response");
      return answered;
    }
    if (response.id() == 0) {
      fail(response.error());
      return answered;
    }
    const auto found = waiting_.find(response.id());
    if (found == waiting_.end()) continue;  // its caller has given up
    if (!response.has_error() && !found->second.expected.matches(response))
      response = failed(response.id(), proto::Error::UNKNOWN,
                        "the server answers something that was not asked");
    answered.reply = std::move(found->second.reply);
    waiting_.erase(found);
    return answered;
  }
  // END TASK 4.6
}

ClientProtocol::Outcome ClientProtocol::next_outcome() {
  if (!late_.empty()) {
    const auto found = waiting_.find(late_.back());
    // What is in buffer_ cannot be withdrawn.
    const bool leaves = found->second.starts_at.has_value();
    auto outcome = end(found, found->second.changes && leaves,
                       error_of(proto::Error::UNKNOWN, settings_.peer + " did not answer in time"));
    late_.pop_back();
    return outcome;
  }
  if (open()) {
    if (auto outcome = next_answer()) return outcome;
  }
  if (!closed() || waiting_.empty()) return {};
  const auto first = waiting_.begin();
  const auto& [id, request] = *first;
  const bool has_left = request.starts_at && *request.starts_at < buffer_.taken();
  return end(first, request.changes && has_left, failure_);
}

// The request is over without an answer. Only one that changes something, and may be done, has an
// outcome that is not known. If it throws, the request is not over.
ClientProtocol::Outcome ClientProtocol::end(WaitingMap::iterator at, bool may_be_done,
                                            proto::Error failure) {
  if (failure.code() == proto::Error::UNKNOWN && !may_be_done)
    failure.set_code(proto::Error::UNAVAILABLE);
  Outcome outcome{.response = failed(at->first, std::move(failure))};
  outcome.reply = std::move(at->second.reply);
  waiting_.erase(at);
  return outcome;
}

void ClientProtocol::tick(TimePoint now) {
  if (closed()) return;
  if (!open() && now - started_ > settings_.connect_timeout)
    return fail(error_of(proto::Error::UNAVAILABLE, settings_.peer + " does not answer"));
  const std::size_t before = late_.size();
  for (auto& [id, request] : waiting_) {
    if (request.late || request.deadline > now) continue;
    late_.push_back(id);
    request.late = true;
  }
  if (late_.size() == before) return;
  std::erase_if(queue_, [this](std::uint64_t id) {
    const auto found = waiting_.find(id);
    return found == waiting_.end() || found->second.late;
  });
}

void ClientProtocol::close(std::string why) {
  fail(error_of(proto::Error::UNKNOWN, std::move(why)));
}

// Does not throw: next_outcome() tells everybody.
void ClientProtocol::fail(proto::Error failure) {
  if (closed()) return;
  state_ = State::kClosed;
  failure_ = std::move(failure);
  queue_.clear();
  buffer_.clear();
}

void ClientProtocol::check_invariants() const {
  buffer_.check_invariants();
  if (closed()) STRATA_ASSERT(queue_.empty() && buffer_.empty());
  STRATA_ASSERT(std::ranges::adjacent_find(queue_, std::greater_equal()) == queue_.end());
  const auto in_queue = [this](std::uint64_t id) { return std::ranges::binary_search(queue_, id); };
  for (const auto& [id, request] : waiting_) {
    STRATA_ASSERT(request.reply && id != 0 && id <= last_id_);
    STRATA_ASSERT(request.late == (std::ranges::count(late_, id) == 1));
    if (closed()) continue;
    STRATA_ASSERT(request.late || in_queue(id) == !request.queued.empty());
    STRATA_ASSERT(request.late || in_queue(id) != request.starts_at.has_value());
    if (request.starts_at) STRATA_ASSERT(open() && *request.starts_at < buffer_.queued());
  }
  for (const std::uint64_t id : late_) STRATA_ASSERT(waiting_.contains(id));
}

}  // namespace strata::net
