// How a session sends, and how it ends. For everything else see session.cc.
#include <spdlog/spdlog.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include <new>

#include "base/text.h"
#include "base/thrown.h"
#include "net/messages.h"
#include "net/session.h"

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kParting{1};

}  // namespace

void Session::send(const google::protobuf::MessageLite& message) {
  if (last_words_ || !socket_.is_open()) return;
  const std::size_t before = outbox_.size();
  outbox_.add(message);
  queued(before);
}

void Session::send_frames(std::string_view frames) {
  if (last_words_ || !socket_.is_open()) return;
  const std::size_t before = outbox_.size();
  outbox_.add(frames);
  queued(before);
}

// Counts the bytes that were added to the outbox since its size was `before`, and tells observers.
void Session::queued(std::size_t before) {
  count_bytes(static_cast<std::ptrdiff_t>(outbox_.size() - before));
  for (WireObserver* const observer : host_.options.observers)
    observer->frames(number_, Direction::kToClient, outbox_.since(before));
}

void Session::observe_frame(std::string_view payload) const {
  if (host_.options.observers.empty()) return;
  std::string frame;
  append_frame(payload, frame);
  for (WireObserver* const observer : host_.options.observers)
    observer->frames(number_, Direction::kToServer, frame);
}

// Sends an error about the connection as a whole; nothing may follow it. If requests are not
// answered yet, the code becomes UNKNOWN, since they may be done.
void Session::send_last(proto::Error::Code code, const std::string& message) {
  send(failed(0, requests_ == 0 ? code : proto::Error::UNKNOWN, message));
  last_words_ = true;
  if (code != proto::Error::UNAVAILABLE) note_refused(message);
}

void Session::note_refused(std::string_view why) {
  ++host_.refused;
  host_.warn("connection closed", socket_, why);
}

void SessionHost::warn(std::string_view what, Socket& peer, std::string_view why) {
  if (!options.log) return;
  const auto left_out = log_limit.admit(now());
  if (!left_out) return;
  if (*left_out > 0) options.log->warn("lines about what peers did left out: {}", *left_out);
  options.log->warn("{}: peer={} why={}", what, peer_of(peer), one_line(why));
}

// Gives the system as much as it takes now, and continues when it takes more.
void Session::flush() {
  if (sending_ || !socket_.is_open()) return;
  const std::size_t before = outbox_.size();
  const Outbox::Flushed flushed = outbox_.flush(socket_);
  count_bytes(static_cast<std::ptrdiff_t>(outbox_.size()) - static_cast<std::ptrdiff_t>(before));
  if (flushed == Outbox::Flushed::kBroken) return close();
  if (flushed == Outbox::Flushed::kAll) return;
  sending_ = true;
  send_since_ = host_.now();
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](asio::error_code error) {
    self->sending_ = false;
    if (error) return;
    try {
      self->flush();
      self->changed();
    } catch (const std::bad_alloc&) {
      self->close();
    }
  });
}

void Session::count_bytes(std::ptrdiff_t by) {
  bytes_.fetch_add(static_cast<std::size_t>(by), std::memory_order_relaxed);
  host_.in_flight_bytes.fetch_add(static_cast<std::size_t>(by), std::memory_order_relaxed);
}

// ---- The end

// Sends what is left, and waits until the peer has taken it. A socket that is closed while it has
// unread bytes resets the connection, and the peer may lose our last words.
asio::awaitable<void> Session::part() {
  while (socket_.is_open() && ((!last_words_ && requests_ > 0) || !outbox_.empty())) {
    flush();
    co_await change();
  }
  asio::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  parting_since_ = host_.now();
  while (!error && socket_.is_open()) {
    const auto [failed] = co_await socket_.async_wait(Socket::wait_read, kResult);
    if (failed) break;
    socket_.read_some(asio::buffer(thread_.received), error);
    if (error == asio::error::would_block) error = {};
  }
  close();
  free_memory();
}

void Session::tick(TimePoint at) {
  const ServerLimits& limits = host_.options.limits;
  const bool idle = requests_ == 0 && outbox_.empty();
  if (lost_) {
    give_up("there is no memory for an answer");
  } else if (parting_since_ != TimePoint::max()) {
    if (at - parting_since_ > kParting) close();
  } else if (!welcome_ && at - began_ > limits.handshake) {
    give_up("the handshake takes too long");
  } else if (sending_ && at - send_since_ > limits.send) {
    give_up("the client takes no answers");
  } else if (decoder_.in_frame() && !waiting_ && at - frame_since_ > limits.frame) {
    give_up("a frame takes too long to arrive");
  } else if (welcome_ && idle && at - since_ > limits.idle) {
    give_up("the connection was idle for too long");
  }
  changed();
}

void Session::give_up(std::string_view why) {
  try {
    note_refused(why);
    send_last(proto::Error::UNAVAILABLE, std::string(why));
    flush();  // if that can be sent without waiting
  } catch (const std::bad_alloc&) {
    last_words_ = true;  // it ends without a word
  }
  close();
}

void Session::make_way() { give_up("the handshake is not over, and others wait for the place"); }

void Session::evict() {
  give_up("the server holds as much as it may, and the most of it for this connection");
  free_memory();
}

// Frees what was to be sent or decoded. Requires: the session is closed, and nothing is being
// dispatched. A request in flight still keeps the session object alive.
void Session::free_memory() {
  count_bytes(-static_cast<std::ptrdiff_t>(outbox_.size()));
  outbox_.clear();
  decoder_.clear();
  std::string().swap(held_);
  count_received();
}

void Session::stop() {
  stopping_ = true;
  changed();
}

void Session::finish_if_done() {
  if (requests_ > 0 || last_words_ || !socket_.is_open()) return;
  send_last(proto::Error::UNAVAILABLE, "the server is stopping");
  flush();
  // The coroutine may be waiting for bytes that will never come.
  asio::error_code ignored;
  socket_.shutdown(Socket::shutdown_receive, ignored);
}

void Session::fail(const std::exception_ptr& thrown) {
  try {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      send_last(error_to(error_of_read(error)).code(), error.what());
      flush();
    }
  } catch (const std::exception&) {
    last_words_ = true;  // no frame can be made, so nothing can be sent
  }
}

void Session::close() {
  asio::error_code ignored;
  socket_.close(ignored);
  changed();
}

}  // namespace strata::net
