#include "net/client.h"

#include <algorithm>
#include <limits>

#include "base/thrown.h"
#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::chrono::milliseconds kTick{20};

}  // namespace

// One request, from its first attempt to its last.
struct Client::Call {
  Request request;
  Reply reply;
  Channel::TimePoint deadline;
  Attempts attempts = {};
};

Client::Client(asio::io_context& io, ClientOptions options)
    : io_(io),
      options_(std::move(options)),
      channels_(std::max(1U, options_.connections)),
      timer_(io) {
  tick();
}

Client::~Client() {
  *alive_ = false;
  close("the client was closed");
  timer_.cancel();
}

void Client::close(const std::string& why) {
  if (!closed_) closed_ = why;
  for (const auto& channel : std::vector(channels_))
    if (channel) channel->close(why);
}

void Client::call(Request request, Reply reply) {
  const auto timeout = request.timeout_ms() == 0 ? options_.timeout
                                                 : std::chrono::milliseconds(request.timeout_ms());
  attempt(std::make_shared<Call>(std::move(request), std::move(reply), now() + timeout));
}

void Client::attempt(const std::shared_ptr<Call>& call) {
  if (closed_)
    return call->reply(
        call->attempts.last(failed(call->request.id(), proto::Error::UNAVAILABLE, *closed_)));
  channel().call(call->request, call->deadline, [this, alive = alive_, call](Response response) {
    if (*alive)
      answered(call, std::move(response));
    else
      call->reply(call->attempts.last(std::move(response)));
  });
}

void Client::answered(const std::shared_ptr<Call>& call, Response response) {
  bool again = false;
  try {
    again = response.has_error() && options_.retries &&
            call->attempts.may_retry(call->request, response) && !closed_;
  } catch (const std::exception& thrown) {  // the caller gets the error
    response = failed(call->request.id(), error_of(thrown));
  }
  if (!again) return call->reply(call->attempts.last(std::move(response)));
  const auto wait = call->attempts.backoff(random_);
  if (now() + wait >= call->deadline) return call->reply(call->attempts.last(std::move(response)));
  auto timer = std::make_shared<asio::steady_timer>(io_, wait);
  timer->async_wait([this, alive = alive_, call, timer](asio::error_code) {
    if (*alive)
      attempt(call);
    else
      call->reply(call->attempts.last(
          failed(call->request.id(), proto::Error::UNAVAILABLE, "the client was closed")));
  });
}

// The next channel in turn. Replaces a channel that is closed.
Channel& Client::channel() {
  auto& channel = channels_[next_++ % channels_.size()];
  if (!channel || channel->closed()) {
    channel = std::make_shared<Channel>(io_, options_.channel);
    channel->start();
  }
  return *channel;
}

void Client::tick() {
  // A copy: a caller that gets its answer may make a request, and this may replace a channel.
  for (const auto& channel : std::vector(channels_))
    if (channel) channel->tick(now());
  timer_.expires_after(kTick);
  timer_.async_wait([this, alive = alive_](asio::error_code error) {
    if (*alive && !error) tick();
  });
}

}  // namespace strata::net
