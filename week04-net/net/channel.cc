#include "net/channel.h"

#include <fmt/format.h>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);

// A flag that is true as long as this object lives, however its function ends.
class Raised {
 public:
  explicit Raised(bool& flag) : flag_(flag) { flag_ = true; }
  ~Raised() { flag_ = false; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  bool& flag_;
};

}  // namespace

Channel::Channel(asio::io_context& io, ChannelOptions options)
    : options_(std::move(options)),
      protocol_({.peer = text_of(options_.endpoint),
                 .identity = options_.identity,
                 .name = options_.name,
                 .connect_timeout = options_.connect_timeout},
                options_.clock->now()),
      socket_(io) {}

void Channel::start() {
  asio::co_spawn(socket_.get_executor(), run(),
                 [self = shared_from_this()](const std::exception_ptr& thrown) {
                   if (!thrown) return;
                   try {
                     std::rethrow_exception(thrown);
                   } catch (const std::exception& error) {
                     self->close(error.what());
                   }
                 });
}

asio::awaitable<void> Channel::run() {
  const auto connected = co_await connect(options_.endpoint, socket_);
  if (connected)
    protocol_.connected(fresh_nonce(*options_.entropy));
  else
    protocol_.connect_failed(connected.error());
  deliver();
  co_await converse();
}

asio::awaitable<void> Channel::converse() {
  // TASK 4.6: until the channel is closed(): send what is ready (flush), then wait for bytes with
  // socket_.async_read_some(), into received_; pass them to protocol_.received(), and call the
  // replies (deliver). If the read fails, the connection has ended: protocol_.close(), with a text
  // that says so. Requests that are made because of answers must leave together, in one flush()
  // (it sees to that: while deliver() calls replies, it does nothing). With GCC 12 write the
  // co_await as a statement of its own.
  while (!closed()) {
    flush(options_.clock->now());
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(received_), kResult);
    if (error)
      protocol_.close(fmt::format("the connection to {} ended: {}", text_of(options_.endpoint),
                                  error.message()));
    else
      protocol_.received(std::string_view(received_).substr(0, size));
    deliver();
  }
  // END TASK 4.6
}

void Channel::call(Request& request, TimePoint deadline, Reply reply) {
  const TimePoint now = options_.clock->now();
  protocol_.call(request, deadline, now, std::move(reply));
  if (closed()) return deliver();
  flush(now);
}

void Channel::tick(TimePoint now) {
  protocol_.tick(now);
  deliver();
  flush(now);
}

void Channel::close(const std::string& why) {
  protocol_.close(why);
  deliver();
}

// Tells everybody what has become known. Requests that the replies make wait for the next flush().
void Channel::deliver() {
  if (delivering_) return;  // a reply has called us; the loop below goes on when it returns
  const Raised delivering(delivering_);
  if (const auto welcome = protocol_.take_welcome()) options_.welcomed(*welcome);
  while (auto outcome = protocol_.next_outcome()) outcome.reply(std::move(outcome.response));
  asio::error_code ignored;
  if (closed()) socket_.close(ignored);
}

void Channel::flush(TimePoint now) {
  if (sending_ || delivering_) return;
  for (;;) {
    const std::string_view bytes = protocol_.to_send(now);
    if (bytes.empty()) return;
    asio::error_code error;
    const std::size_t size = socket_.write_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) return flush_when_writable();
    // If it is broken, the next read finds the same error, and before it the last word of the
    // server.
    if (error) return;
    protocol_.taken(size);
  }
}

void Channel::flush_when_writable() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](asio::error_code failed) {
    self->sending_ = false;
    if (!failed) self->flush(self->options_.clock->now());
  });
  sending_ = true;
}

}  // namespace strata::net
