// How the server's side of a connection sends, and how it ends. For everything else see
// server_protocol.cc.
#include <new>

#include "base/assert.h"
#include "net/messages.h"
#include "net/server_protocol.h"

namespace strata::net {

void ServerProtocol::send(const google::protobuf::MessageLite& message) {
  if (phase_ >= Phase::kParting) return;  // nothing may follow the last word
  const std::size_t before = buffer_.size();
  buffer_.add(message);
  show_sent(before);
}

// Shows observers what was added to buffer_ since its size was `before`.
void ServerProtocol::show_sent(std::size_t before) const {
  if (watch_) watch_(Direction::kToClient, buffer_.since(before));
}

void ServerProtocol::show_received(std::string_view payload) const {
  if (!watch_) return;
  std::string frame;
  append_frame(payload, frame);
  watch_(Direction::kToServer, frame);
}

// Sends an error about the connection as a whole; nothing may follow it. If requests are not
// answered yet, the code becomes UNKNOWN, since they may be done. If there is no memory for that,
// the connection ends without a word.
void ServerProtocol::say_last(proto::Error::Code code, std::string_view why) try {
  if (code != proto::Error::UNAVAILABLE) complaint_.emplace(why);
  if (owed_.requests() > 0) code = proto::Error::UNKNOWN;
  send(failed(0, code, std::string(why)));
  phase_ = Phase::kParting;
  receive_.clear();
} catch (const std::bad_alloc&) {
  phase_ = Phase::kOver;
}

void ServerProtocol::give_up(std::string_view why) try {
  complaint_.emplace(why);
  if (phase_ < Phase::kParting) say_last(proto::Error::UNAVAILABLE, why);
  phase_ = Phase::kOver;
} catch (const std::bad_alloc&) {
  phase_ = Phase::kOver;
}

void ServerProtocol::fail(const Error& error) try {
  if (phase_ < Phase::kParting) say_last(error_to(error).code(), error.message);
  phase_ = Phase::kOver;
} catch (const std::bad_alloc&) {
  phase_ = Phase::kOver;
}

void ServerProtocol::evict() {
  give_up("the server holds as much as it may, and the most of it for this connection");
}

void ServerProtocol::stop(TimePoint now) {
  stopping_ = true;
  advance(now);
}

// Looks whether the connection has come to its end.
void ServerProtocol::advance(TimePoint now) {
  const bool owes = owed_.requests() > 0;
  if (stopping_ && !owes && phase_ < Phase::kParting)
    say_last(proto::Error::UNAVAILABLE, "the server is stopping");
  const bool said_all = phase_ == Phase::kParting || (phase_ == Phase::kAnswering && !owes);
  if (!said_all || !buffer_.empty()) return;
  phase_ = Phase::kShut;
  shut_since_ = now;
}

void ServerProtocol::closed() {
  phase_ = Phase::kOver;
  buffer_.clear();
  receive_.clear();
  blocked_since_.reset();
}

void ServerProtocol::check_invariants() const {
  receive_.check_invariants();
  admission_.check_invariants();
  owed_.check_invariants();
  const bool takes_requests = phase_ == Phase::kServing;
  STRATA_ASSERT(takes_requests || receive_.hungry() || over());
  STRATA_ASSERT(phase_ != Phase::kShut || buffer_.empty());
  STRATA_ASSERT(phase_ >= Phase::kParting || !stopping_ || owed_.requests() > 0);
  STRATA_ASSERT(!handshake_ || owed_.requests() == 0);
  STRATA_ASSERT(!handshake_ || phase_ != Phase::kAnswering);
}

}  // namespace strata::net
