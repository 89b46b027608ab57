#include "net/session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <new>
#include <utility>

#include "base/text.h"
#include "net/group_writer.h"
#include "net/messages.h"

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);
// A payload up to this size may be decoded without counting its operations first.
constexpr std::size_t kSmallRequest = std::size_t{64} << 10;
// The server always reads from a connection for which it holds no more than this, however full it
// is. So others cannot stop a client that waits for each of its answers.
constexpr std::size_t kAlwaysRoom = std::size_t{16} << 10;

}  // namespace

Session::Session(Socket socket, SessionHost& host, SessionThread& thread, std::uint64_t number)
    : membership_(host.live),
      socket_(std::move(socket)),
      host_(host),
      thread_(thread),
      number_(number),
      began_(host_.now()),
      since_(began_),
      resume_(thread.io, TimePoint::max()) {
  for (WireObserver* const observer : host_.options.observers) observer->connected(number_);
}

Session::~Session() {
  count_bytes(-static_cast<std::ptrdiff_t>(bytes_.load(std::memory_order_relaxed)));
  host_.in_flight_bytes.fetch_sub(received_ + arriving_, std::memory_order_relaxed);
  for (WireObserver* const observer : host_.options.observers) observer->closed(number_);
}

// In coroutines each co_await is a statement of its own, outside of conditions. GCC 12 generates
// wrong code for `if (co_await a()) co_await b();` and for `co_await (c ? a() : b())`.
asio::awaitable<void> Session::run() {
  const bool welcome = co_await shake_hands();
  if (welcome) co_await serve();
  co_await part();
}

// ---- Handshake

asio::awaitable<bool> Session::shake_hands() {
  const std::string nonce = fresh_nonce(*host_.options.entropy);
  proto::ClientHello hello;
  const auto first = co_await next_payload();
  if (!first || !parse(*first, hello)) {
    send_last(proto::Error::INVALID_ARGUMENT, "the connection does not begin with a ClientHello");
    co_return false;
  }
  Identity identity = host_.options.identity;
  identity.durable = host_.service.durable();
  const proto::ServerHello reply = net::answer(hello, identity, nonce, host_.limits);
  send(reply);
  flush();
  if (!reply.has_welcome()) {
    last_words_ = true;
    note_refused(reply.refusal().message());
    co_return false;
  }
  if (reply.welcome().wants_proof()) {
    proto::ClientProof proof;
    const std::string& client_nonce = hello.nonce();
    const auto second = co_await next_payload();
    if (!second || !parse(*second, proof) ||
        !proves(proof, client_nonce, nonce, host_.options.identity.secret)) {
      send_last(proto::Error::UNAUTHENTICATED, "the client does not know this server's secret");
      co_return false;
    }
  }
  welcome_ = true;
  decoder_.set_max_payload(host_.options.limits.frame_bytes);
  co_return true;
}

// Waits for one frame of the handshake. nullopt if the connection ended, or the frame is damaged.
asio::awaitable<std::optional<std::string_view>> Session::next_payload() {
  for (;;) {
    const auto payload = decoder_.next();
    if (!payload) co_return std::nullopt;
    if (*payload) {
      observe_frame(**payload);
      co_return *payload;
    }
    const bool more = co_await receive();
    if (!more) co_return std::nullopt;
  }
}

// ---- Requests

asio::awaitable<void> Session::serve() {
  // TASK 4.5: hand over the requests that have arrived (dispatch), send the answers that are ready
  // (flush), wait (bytes_or_room); again and again, until dispatch() or bytes_or_room() returns
  // false. With GCC 12 write each co_await as a statement of its own.
  while (dispatch()) {
    flush();
    const bool goes_on = co_await bytes_or_room();
    if (!goes_on) co_return;
  }
  // END TASK 4.5
}

// Waits for bytes, or for room for more requests, whichever is missing. False: the connection
// ended.
asio::awaitable<bool> Session::bytes_or_room() {
  count_received();
  return starved_ && !over_limits() ? receive() : pause();
}

void Session::count_received() {
  const std::size_t bytes = decoder_.memory() + held_.size();
  if (bytes == received_) return;
  host_.in_flight_bytes.fetch_add(bytes - received_, std::memory_order_relaxed);
  received_ = bytes;
}

// Waits for bytes, and feeds them to the decoder. False: the connection ended.
asio::awaitable<bool> Session::receive() {
  std::string().swap(held_);  // frees its memory too
  const auto [ended, first] = co_await socket_.async_read_some(asio::buffer(first_), kResult);
  if (ended) co_return false;
  since_ = host_.now();
  std::ranges::copy_n(first_.begin(), static_cast<std::ptrdiff_t>(first), thread_.received.begin());
  std::size_t size = first;
  if (first == first_.size() && !host_.is_full()) {
    asio::error_code ignored;  // the next read finds the end again
    size += socket_.read_some(asio::buffer(thread_.received) + first, ignored);
  }
  if (!decoder_.in_frame()) frame_since_ = since_;
  decoder_.feed(std::string_view(thread_.received).substr(0, size));
  co_return true;
}

bool Session::over_limits() const {
  const ServerLimits& limits = host_.options.limits;
  const std::size_t bytes = bytes_.load(std::memory_order_relaxed);
  return bytes + reads_.bytes() > limits.connection_bytes ||
         requests_ >= limits.connection_requests ||
         (bytes + received_ > kAlwaysRoom && host_.is_full());
}

// Waits until there is room again. False: the connection was closed meanwhile.
asio::awaitable<bool> Session::pause() {
  // TASK 4.5: while over_limits() and the socket is open, wait (change). The bytes that decoder_
  // has not used yet must survive the wait: take them back (take_unread), keep a copy in held_, and
  // feed held_ to the decoder afterwards. take_unread() may return a view into held_ itself. Return
  // whether the socket is still open.

  // The bytes are in a buffer that all connections of the thread share.
  std::string unread(decoder_.take_unread());
  held_ = std::move(unread);
  while (over_limits() && socket_.is_open()) co_await change();
  decoder_.feed(held_);
  co_return socket_.is_open();
  // END TASK 4.5
}

// Waits until something was answered or sent, or tick() was called.
asio::awaitable<void> Session::change() {
  count_received();
  waiting_ = true;
  co_await resume_.async_wait(kResult);
  waiting_ = false;
  frame_since_ = host_.now();  // the delay was not the fault of the peer
}

void Session::changed() {
  if (stopping_) finish_if_done();
  if (waiting_) resume_.cancel();
}

bool Session::dispatch() {
  // After a last word, what was read before must not be done: the peer was told that it is not.
  if (last_words_ || !socket_.is_open()) return false;
  dispatching_ = true;
  const bool goes_on = dispatch_all();
  dispatching_ = false;
  return goes_on;
}

bool Session::dispatch_all() {
  // TASK 4.5: take one frame after the other out of decoder_. Check over_limits() before each
  // frame, and return true if it holds. An error of the decoder is the last word (send_last,
  // CORRUPTION): return false. If no complete frame is left, starved_ is true: return true;
  // otherwise starved_ is false. For each frame: the time of the next frame begins at since_
  // (frame_since_), observers see the frame (observe_frame), and dispatch_one() hands it over;
  // return false if that does.
  starved_ = false;
  while (!over_limits()) {
    const auto payload = decoder_.next();
    if (!payload) {
      send_last(proto::Error::CORRUPTION, payload.error().message);
      return false;
    }
    starved_ = !*payload;
    if (starved_) return true;
    frame_since_ = since_;
    observe_frame(**payload);
    if (!dispatch_one(**payload)) return false;
  }
  return true;
  // END TASK 4.5
}

// The reply of a request. If it is destroyed without a call, or the call fails, memory has run out:
// the answer is lost, and tick() ends the connection, since the client would wait for ever.
class Session::PendingAnswer {
 public:
  PendingAnswer(std::shared_ptr<Session> session, const Handed& handed)
      : session_(std::move(session)), handed_(handed) {}
  ~PendingAnswer() {
    if (session_) session_->lost_ = true;
  }
  PendingAnswer(PendingAnswer&&) = default;
  PendingAnswer& operator=(PendingAnswer&&) = delete;

  void operator()(Response response) {
    session_->answer(handed_, std::move(response));
    session_.reset();
  }

 private:
  std::shared_ptr<Session> session_;
  const Handed handed_;
};

bool Session::dispatch_one(std::string_view payload) {
  const auto outline = payload.size() > kSmallRequest ? outline_of(payload) : Outline{};
  const bool too_many_parts = outline && outline->parts > kMaxParts;
  Request request;
  if (too_many_parts)
    request.set_id(outline->id);
  else if (!outline || !parse(payload, request))
    request.clear_id();
  if (request.id() == 0) {
    send_last(proto::Error::INVALID_ARGUMENT, "a frame holds no request that this server knows");
    return false;
  }
  const auto parts = static_cast<std::size_t>(request.write().operations_size()) +
                     static_cast<std::size_t>(request.write().conditions_size());
  const bool is_read = request.has_get() || request.has_scan() || request.has_scan_next();
  const Handed handed{request.id(), payload.size() + parts * kPartMemory, since_, name_of(request),
                      is_read};
  ++requests_;
  if (is_read) reads_.asked();
  count_bytes(static_cast<std::ptrdiff_t>(handed.bytes));
  host_.requests.fetch_add(1, std::memory_order_relaxed);
  if (too_many_parts)
    answer(handed,
           failed(handed.id, proto::Error::INVALID_ARGUMENT,
                  fmt::format("a write of {} operations and conditions, where {} are allowed",
                              outline->parts, kMaxParts)));
  else if (request.body_case() == Request::BODY_NOT_SET)
    answer(handed, failed(handed.id, proto::Error::UNSUPPORTED,
                          "a request of a kind that this server does not know"));
  else if (stopping_)
    answer(handed, failed(handed.id, proto::Error::UNAVAILABLE, "the server is stopping"));
  else if (!may_write_for(request.write()))
    answer(handed, failed(handed.id, proto::Error::UNAVAILABLE,
                          "this connection has written for as many clients as it may"));
  else
    host_.service.handle(std::move(request), PendingAnswer(shared_from_this(), handed));
  return true;
}

// Each client costs the server a record for an hour. So a connection has its share of them.
bool Session::may_write_for(const proto::Write& write) {
  const auto most = host_.options.limits.clients;
  if (!most || !write.has_token()) return true;
  const std::uint64_t client = write.token().client();
  if (std::ranges::find(clients_, client) != clients_.end()) return true;
  if (clients_.size() == *most) return false;
  clients_.push_back(client);
  return true;
}

// ---- Answers

void Session::answer(const Handed& handed, Response response) {
  response.set_id(handed.id);
  if (response.has_stats()) add_figures(*response.mutable_stats());
  const std::size_t size = response.ByteSizeLong();
  if (!has_room_for(response, size)) {
    host_.shed.fetch_add(1, std::memory_order_relaxed);
    // The page cannot be read from its scan again, so the client must not ask for it again.
    response =
        failed(handed.id, response.has_page() ? proto::Error::UNKNOWN : proto::Error::UNAVAILABLE,
               "there is no room for this answer before others have been taken");
  }
  if (host_.now() - handed.since >= host_.options.slow_request) log_slow(handed, response);
  if (thread_.io.get_executor().running_in_this_thread()) {
    settle(1, handed.bytes);
    if (handed.is_read) note_read(response.has_error() ? 0 : size);
    send(response);
    if (dispatching_) return;
    flush();
    changed();
  } else {
    arrive(handed, response);
  }
}

// Requests with so many bytes are answered.
void Session::settle(std::size_t requests, std::size_t bytes) {
  requests_ -= requests;
  count_bytes(-static_cast<std::ptrdiff_t>(bytes));
}

// A read is answered. 0 bytes: with an error, which says nothing about other answers.
void Session::note_read(std::size_t answer_bytes) {
  if (answer_bytes == 0)
    reads_.failed();
  else
    reads_.answered(answer_bytes);
}

// The answer to a write is always sent, because the write was done. A read can be done again.
bool Session::has_room_for(const Response& response, std::size_t size) const {
  if (!response.has_get() && !response.has_page()) return true;
  const ServerLimits& limits = host_.options.limits;
  return bytes_.load(std::memory_order_relaxed) + arriving_.load(std::memory_order_relaxed) +
                 size <=
             limits.connection_bytes + limits.answer_bytes &&
         host_.in_flight_bytes.load(std::memory_order_relaxed) + size <=
             limits.total_bytes + limits.answer_bytes;
}

// Called on another thread: passes the answer to our thread, together with others that come
// meanwhile.
void Session::arrive(const Handed& handed, const Response& response) {
  std::string frame;
  append_message(response, frame);
  {
    const std::lock_guard lock(mutex_);
    if (handed.is_read) arrived_.reads.push_back(response.has_error() ? 0 : frame.size());
    arrived_.frames += frame;
    arriving_.fetch_add(frame.size(), std::memory_order_relaxed);
    host_.in_flight_bytes.fetch_add(frame.size(), std::memory_order_relaxed);
    arrived_.bytes += handed.bytes;
    if (arrived_.requests++ > 0) return;
  }
  asio::post(thread_.io, [self = shared_from_this()] {
    try {
      self->take_arrived();
    } catch (const std::bad_alloc&) {
      self->close();
    }
  });
}

void Session::take_arrived() {
  Arrived arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived = std::exchange(arrived_, {});
  }
  arriving_.fetch_sub(arrived.frames.size(), std::memory_order_relaxed);
  host_.in_flight_bytes.fetch_sub(arrived.frames.size(), std::memory_order_relaxed);
  settle(arrived.requests, arrived.bytes);
  for (const std::size_t bytes : arrived.reads) note_read(bytes);
  send_frames(arrived.frames);
  flush();
  changed();
}

void Session::add_figures(proto::StatsResult& stats) const {
  const auto named = [this](std::string_view name) {
    return fmt::format("{}_{}", host_.options.role, name);
  };
  stats_to({{named("connections"), host_.live->count()},
            {named("connections_accepted"), host_.accepted.load()},
            {named("connections_refused"), host_.refused.load()},
            {named("requests"), host_.requests.load()},
            {named("answers_shed"), host_.shed.load()},
            {named("in_flight_bytes"), static_cast<std::uint64_t>(host_.in_flight_bytes.load())}},
           stats);
}

void Session::log_slow(const Handed& handed, const Response& response) const {
  if (!host_.options.log) return;
  const auto taken =
      std::chrono::duration_cast<std::chrono::milliseconds>(host_.now() - handed.since);
  host_.options.log->warn("slow request: connection={} id={} kind={} bytes={} ms={} answer={}",
                          number_, handed.id, handed.name, handed.bytes, taken.count(),
                          name_of(response));
}

}  // namespace strata::net
