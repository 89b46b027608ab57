#include "net/channel.h"

#include <fmt/format.h>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include "net/messages.h"

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);
// Requests leave the queue as long as the outbox holds less than this.
constexpr std::size_t kAhead = std::size_t{64} << 10;

proto::Error error_of(proto::Error::Code code, std::string message) {
  proto::Error error;
  error.set_code(code);
  error.set_message(std::move(message));
  return error;
}

// The error for a request that nobody answers any more. Only one that changes something, and may be
// done, has an outcome that is not known.
Response outcome_of(std::uint64_t id, bool may_be_done, proto::Error failure) {
  if (failure.code() == proto::Error::UNKNOWN && !may_be_done)
    failure.set_code(proto::Error::UNAVAILABLE);
  return failed(id, std::move(failure));
}

}  // namespace

Channel::Channel(asio::io_context& io, ChannelOptions options)
    : io_(io),
      options_(std::move(options)),
      started_(options_.clock->now()),
      decoder_(kMaxAnswerSize) {}

void Channel::start() {
  asio::co_spawn(io_, run(), [self = shared_from_this()](const std::exception_ptr& thrown) {
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      self->fail(error_of(proto::Error::UNKNOWN, error.what()));
    }
  });
}

asio::awaitable<void> Channel::run() {
  const auto shaken = co_await shake_hands();
  if (!shaken) {
    fail(error_to(shaken.error()));
    co_return;
  }
  state_ = State::kOpen;
  flush();
  const auto ended = co_await take_answers();
  // Whatever broke on our side, the server may have done the requests.
  if (!ended) fail(error_of(proto::Error::UNKNOWN, ended.error().message));
}

asio::awaitable<Result<void>> Channel::shake_hands() {
  socket_.emplace(io_.get_executor());
  const auto connected = co_await connect(options_.endpoint, *socket_);
  if (!connected) co_return connected.error();
  if (closed()) co_return unavailable("closed before it was connected");
  const std::string nonce = fresh_nonce(*options_.entropy);
  std::string first;
  append_message(hello(options_.identity, nonce, options_.name), first);
  asio::error_code error;
  socket_->write_some(asio::buffer(first), error);  // the socket buffer is empty, so it takes all
  proto::ServerHello answer;
  STRATA_CO_TRY(const std::string payload, co_await next_payload());
  if (closed()) co_return unavailable("closed during the handshake");
  if (!parse(payload, answer))
    co_return corruption(text_of(options_.endpoint) + " answers something that is no hello");
  STRATA_CO_TRY(const auto proof, accept(answer, options_.identity, nonce));
  options_.welcomed(answer.welcome());
  if (proof) {
    std::string frame;
    append_message(*proof, frame);
    socket_->write_some(asio::buffer(frame), error);
  }
  co_return Result<void>();
}

asio::awaitable<Result<std::string>> Channel::next_payload() {
  for (;;) {
    const auto payload = decoder_.next();
    if (!payload) co_return payload.error();
    if (*payload) co_return std::string(**payload);
    const auto received = co_await receive();
    if (!received) co_return received.error();
  }
}

asio::awaitable<Result<void>> Channel::receive() {
  const auto [error, size] = co_await socket_->async_read_some(asio::buffer(received_), kResult);
  if (error)
    co_return unknown_outcome(
        fmt::format("the connection to {} ended: {}", text_of(options_.endpoint), error.message()));
  decoder_.feed(std::string_view(received_).substr(0, size));
  co_return Result<void>();
}

asio::awaitable<Result<void>> Channel::take_answers() {
  // TASK 4.6: take every answer that has arrived, then wait for more bytes; forever. Requests that
  // are made because of these answers must leave together, in one flush(): while answering_ is
  // true, flush() does nothing. Return any error (run() tells everybody); return success after the
  // server's last word.
  for (;;) {
    answering_ = true;  // requests made because of an answer collect
    for (;;) {
      const auto payload = decoder_.next();
      if (!payload) co_return payload.error();
      if (!*payload) break;
      STRATA_CO_TRY(const bool goes_on, take_one(**payload));
      if (!goes_on) co_return Result<void>();
    }
    answering_ = false;
    flush();
    const auto received = co_await receive();
    if (!received) co_return received.error();
  }
  // END TASK 4.6
}

// Gives one answer to the caller that waits for it. False: the channel is closed now.
Result<bool> Channel::take_one(std::string_view payload) {
  // TASK 4.6: find the request that the answer belongs to. A payload that is no Response is
  // kCorruption. The id 0 is the server's last word: fail() gives its error to everybody. An id
  // that nobody waits for is ignored. A result of another kind than expected becomes UNKNOWN: it
  // says nothing about the request. Call each reply once, when the request is no longer in
  // waiting_: the reply may make a request, or close the channel.
  Response response;
  if (!parse(payload, response)) return corruption("a frame of the server holds no response");
  if (response.id() == 0) {
    fail(response.error());
    return false;
  }
  const auto found = waiting_.find(response.id());
  if (found == waiting_.end()) return true;  // its caller has given up
  Waiting request = std::move(found->second);
  waiting_.erase(found);
  if (!response.has_error() && !request.expected.matches(response))
    response = failed(response.id(), proto::Error::UNKNOWN,
                      "the server answers something that was not asked");
  request.reply(std::move(response));
  return !closed();
  // END TASK 4.6
}

void Channel::call(Request& request, TimePoint deadline, Reply reply) {
  if (closed()) return reply(outcome_of(request.id(), false, failure_));
  request.set_id(++last_id_);
  Waiting& waiting =
      waiting_
          .try_emplace(last_id_, std::move(reply), deadline, may_change(request), Expected(request))
          .first->second;
  if (state_ == State::kOpen && queue_.empty() && outbox_.size() < kAhead) {
    send(waiting, request);
  } else {
    waiting.queued = std::make_unique<Request>(request);
    queue_.push_back(last_id_);
  }
  flush();
}

void Channel::send(Waiting& waiting, Request& request) {
  if (waiting.deadline != TimePoint::max()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(waiting.deadline - options_.clock->now());
    request.set_timeout_ms(static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(left.count(), 1, std::numeric_limits<std::uint32_t>::max())));
  }
  waiting.starts_at = outbox_.queued();
  outbox_.add(request);
}

// Moves requests from the queue into the outbox, while there is room.
void Channel::fill_outbox() {
  for (; !queue_.empty() && outbox_.size() < kAhead; queue_.pop_front()) {
    const auto first = waiting_.find(queue_.front());
    if (first == waiting_.end()) continue;  // a server has answered what nobody sent
    const auto request = std::move(first->second.queued);
    send(first->second, *request);
  }
}

void Channel::flush() {
  if (state_ != State::kOpen || sending_ || answering_) return;
  Outbox::Flushed flushed;
  do {
    fill_outbox();
    flushed = outbox_.flush(*socket_);
  } while (flushed == Outbox::Flushed::kAll && !queue_.empty());
  // If it is broken, the next read finds the same error, and before it the last word of the server.
  if (flushed != Outbox::Flushed::kFull) return;
  sending_ = true;
  socket_->async_wait(Socket::wait_write, [self = shared_from_this()](asio::error_code failed) {
    self->sending_ = false;
    if (!failed) self->flush();
  });
}

void Channel::tick(TimePoint now) {
  if (state_ == State::kConnecting && now - started_ > options_.connect_timeout)
    return fail(
        error_of(proto::Error::UNAVAILABLE, text_of(options_.endpoint) + " does not answer"));
  std::vector<std::pair<std::uint64_t, Waiting>> late;
  for (auto& [id, request] : waiting_)
    if (request.deadline <= now) late.emplace_back(id, std::move(request));
  for (const auto& [id, request] : late) waiting_.erase(id);
  if (!late.empty()) std::erase_if(queue_, [&](auto id) { return !waiting_.contains(id); });
  for (auto& [id, request] : late)
    request.reply(outcome_of(
        id, request.changes && request.starts_at.has_value(),
        error_of(proto::Error::UNKNOWN, text_of(options_.endpoint) + " did not answer in time")));
}

void Channel::close(const std::string& why) { fail(error_of(proto::Error::UNKNOWN, why)); }

void Channel::fail(proto::Error failure) {
  if (closed()) return;
  state_ = State::kClosed;
  failure_ = std::move(failure);
  asio::error_code ignored;
  if (socket_) socket_->close(ignored);
  queue_.clear();
  for (auto& [id, request] : std::exchange(waiting_, {}))
    request.reply(
        outcome_of(id, request.changes && request.starts_at && *request.starts_at < outbox_.taken(),
                   failure_));
}

}  // namespace strata::net
