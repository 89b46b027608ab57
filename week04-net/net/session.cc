#include "net/session.h"

#include <spdlog/spdlog.h>
#include <asio/post.hpp>

#include <algorithm>
#include <new>
#include <utility>

#include "base/thrown.h"
#include "net/messages.h"

namespace strata::net {

Session::Session(Socket socket, SessionHost& host, SessionThread& thread, std::uint64_t number)
    : membership_(host.live),
      socket_(std::move(socket)),
      host_(host),
      thread_(thread),
      peer_{.id = number},
      protocol_(host.protocol, fresh_nonce(*host.options.entropy), host.now(), watch()),
      account_(host) {
  for (WireObserver* const observer : host_.options.observers) observer->connected(peer_.id);
}

Session::~Session() {
  for (WireObserver* const observer : host_.options.observers) observer->closed(peer_.id);
}

ServerProtocol::Watch Session::watch() {
  if (host_.options.observers.empty()) return {};
  return [this](Direction direction, std::string_view frames) {
    for (WireObserver* const observer : host_.options.observers)
      observer->frames(peer_.id, direction, frames);
  };
}

// ---- Steps

// Something has happened: tells protocol_ in `step`, and does what follows from it. If that fails,
// the connection ends.
template <class Step>
void Session::run(TimePoint now, Step step) {
  try {
    step();
    go_on(now);
  } catch (const std::exception& thrown) {
    fail(thrown, now);
  }
}

void Session::go_on(TimePoint now) {
  if (!socket_.is_open()) return account_.publish(protocol_);
  serve(now);
  account_.publish(protocol_);
  if (protocol_.over()) return close();
  if (!protocol_.is_shut() || std::exchange(shut_, true)) return;
  asio::error_code ignored;
  socket_.shutdown(protocol_.stopping() ? Socket::shutdown_both : Socket::shutdown_send, ignored);
}

void Session::serve(TimePoint now) {
  // TASK 4.5: hand over the requests that may be handed over (next, hand_over), then send the
  // answers that are ready, all together (flush): while handing_over_ is true, nobody else sends.
  // That may have made room for more, so do both again while the protocol is ready(). At last, if
  // it wants_bytes() and the session is not receiving_ yet: receive().
  do {
    handing_over_ = true;
    while (const Handed* request = protocol_.next(now, account_.others())) hand_over(*request);
    handing_over_ = false;
    flush(now);
  } while (protocol_.ready(account_.others()));
  if (!receiving_ && protocol_.wants_bytes(account_.others())) receive();
  // END TASK 4.5
}

void Session::begin() {
  run(host_.now(), [] {});
}

void Session::tick(TimePoint now) {
  run(now, [this, now] {
    if (lost_) protocol_.answer_is_lost();
    protocol_.tick(now);
  });
}

void Session::evict() {
  run(host_.now(), [this] { protocol_.evict(); });
}

void Session::make_way() {
  run(host_.now(), [this] { protocol_.make_way(); });
}

void Session::stop() {
  const TimePoint now = host_.now();
  run(now, [this, now] { protocol_.stop(now); });
}

void Session::fail(const std::exception& thrown, TimePoint now) noexcept {
  handing_over_ = false;
  try {
    protocol_.fail(error_of_read(thrown));
    flush(now);
  } catch (const std::exception&) {  // it ends without a word
  }
  close();
}

void Session::close() {
  const auto self = shared_from_this();
  thread_.sessions.erase(peer_.id);
  asio::error_code ignored;
  socket_.close(ignored);
  peer_.is_gone = true;
  protocol_.closed();
  account_.publish(protocol_);
}

// ---- Bytes

void Session::receive() {
  socket_.async_read_some(asio::buffer(first_), [self = shared_from_this()](asio::error_code error,
                                                                            std::size_t size) {
    const TimePoint now = self->host_.now();
    self->receiving_ = false;
    self->run(now, [&] { error ? self->protocol_.ended(now) : self->take_received(size, now); });
  });
  receiving_ = true;
}

// The first bytes of a read stand in first_. If they fill it, there may be more.
void Session::take_received(std::size_t first, TimePoint now) {
  if (first < first_.size() || host_.is_full())
    return protocol_.received(std::string_view(first_.data(), first), now);
  std::string& bytes = thread_.received;
  std::ranges::copy(first_, bytes.begin());
  asio::error_code ignored;  // the next read finds the end again
  const std::size_t more = socket_.read_some(asio::buffer(bytes) + first, ignored);
  protocol_.received(std::string_view(bytes).substr(0, first + more), now);
}

// Gives the system as much as it takes now. What the peer is told is in the figures and in the log
// before it can know.
void Session::flush(TimePoint now) {
  account_.count(protocol_.figures());
  log_complaint();
  while (!sending_ && socket_.is_open() && !protocol_.to_send().empty()) {
    asio::error_code error;
    const std::size_t size = socket_.write_some(asio::buffer(protocol_.to_send()), error);
    if (error == asio::error::would_block) {
      protocol_.blocked(now);
      flush_when_writable();
    } else if (error) {
      close();
    } else {
      protocol_.taken(size, now);
    }
  }
}

void Session::flush_when_writable() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](asio::error_code error) {
    self->sending_ = false;
    if (!error) self->run(self->host_.now(), [] {});
  });
  sending_ = true;
}

// ---- Requests and answers

// The reply of a request. If it is destroyed without a call, or the call fails, memory has run out:
// the answer is lost, and tick() ends the connection, since the client would wait for ever.
class Session::PendingAnswer {
 public:
  PendingAnswer(std::shared_ptr<Session> session, const Handed& request)
      : session_(std::move(session)), request_(&request) {}
  ~PendingAnswer() {
    if (session_) session_->lost_ = true;
  }
  PendingAnswer(PendingAnswer&&) = default;
  PendingAnswer& operator=(PendingAnswer&&) = delete;

  void operator()(Response&& response) {
    Session& session = *session_;
    if (session.thread_.io.get_executor().running_in_this_thread()) {
      session.answer(*request_, std::move(response));
      session_.reset();
    } else {
      arrive(session_, *request_, std::move(response));
    }
  }

 private:
  std::shared_ptr<Session> session_;
  const Handed* request_;
};

void Session::hand_over(const Handed& request) {
  account_.count(protocol_.figures());
  Request& asked = protocol_.request();
  const Context context{.peer = &peer_,
                        .deadline = request.deadline,
                        .hops = asked.hops(),
                        .more = !request.is_read && flushes_later()};  // reads never wait
  host_.service.handle(std::move(asked), context, PendingAnswer(shared_from_this(), request));
}

// The service is flushed once for all requests of all connections that are ready now.
bool Session::flushes_later() {
  if (thread_.flushes) return true;
  try {
    asio::post(thread_.io, [&thread = thread_, &host = host_] {
      thread.flushes = false;
      host.service.flush();
    });
  } catch (const std::bad_alloc&) {
    return false;
  }
  return thread_.flushes = true;
}

void Session::answer(const Handed& request, Response&& response) {
  const TimePoint now = host_.now();
  look_at(request, response, now);
  protocol_.answer(request, std::move(response), now, account_.others(), account_.arriving());
  if (!handing_over_) run(now, [] {});
}

// Another thread has the answer: passes it to the thread of `session`, and takes the pointer.
void Session::arrive(std::shared_ptr<Session>& session, const Handed& request,
                     Response&& response) {
  const auto kept = session;  // whose thread lives as long as there are sessions
  SessionHost& host = session->host_;
  SessionThread& thread = session->thread_;
  SessionAccount& account = session->account_;
  session->look_at(request, response, host.now());
  response.set_id(request.id);
  if (!account.fits(request.is_read && !response.has_error(), response.ByteSizeLong())) {
    response = ServerProtocol::no_room(response);
    host.shed.fetch_add(1, std::memory_order_relaxed);
  }
  std::string frame;
  append_message(response, frame);
  const std::size_t size = frame.size();
  account.arriving(size);
  bool wakes = false;
  try {
    wakes = thread.arrivals.add(session, request, std::move(frame), response.has_error());
  } catch (...) {
    account.arrived(size);
    throw;
  }
  if (!wakes) return;
  try {
    asio::post(thread.io, [&thread, &host] { take_arrived(thread, host.now()); });
  } catch (const std::bad_alloc&) {
    return;  // the next tick of the thread takes it
  }
}

void Session::take_arrived(SessionThread& thread, TimePoint now) {
  std::vector<Arrived> all = thread.arrivals.take(std::exchange(thread.taken, {}));
  for (const Arrived& one : all) one.session->take(one, now);
  // All answers for one session are sent together.
  for (const Arrived& one : all)
    if (std::exchange(one.session->has_taken_, false)) one.session->run(now, [] {});
  all.clear();
  thread.taken = std::move(all);
}

void Session::take(const Arrived& one, TimePoint now) {
  account_.arrived(one.frame.size());
  has_taken_ = true;
  try {
    protocol_.answered(*one.request, one.frame, one.is_error, now);
  } catch (const std::exception& thrown) {
    fail(thrown, now);
  }
}

// ---- The log

// On its way to the peer an answer passes through here, on any thread.
void Session::look_at(const Handed& request, Response& response, TimePoint now) const {
  if (response.has_stats()) host_.add_figures(*response.mutable_stats());
  if (now - request.since >= host_.options.slow_request) log_slow(request, response, now);
}

void Session::log_complaint() {
  const auto why = protocol_.take_complaint();
  if (!why) return;
  ++host_.refused;
  host_.warn("connection closed", socket_, *why);
}

void Session::log_slow(const Handed& request, const Response& response, TimePoint now) const {
  if (!host_.options.log) return;
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(now - request.since);
  host_.options.log->warn("slow request: connection={} id={} kind={} bytes={} ms={} answer={}",
                          peer_.id, request.id, request.name, request.bytes, taken.count(),
                          name_of(response));
}

}  // namespace strata::net
