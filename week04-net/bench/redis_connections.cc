// Redis, to measure against: many connections to a redis-server. The same thread and the same code
// as for our own server drive them, so that the cost of the load generator and the meaning of a
// latency are the same on both sides. Speaks RESP2 (redis.io, "Redis serialization protocol").
// Linked into strata-load only; it takes addresses that begin with "redis:".

#include <fmt/format.h>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <charconv>
#include <deque>
#include <exception>

#include "net/listener.h"
#include "store/stage.h"

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::string_view kEnd = "\r\n";

// Takes one answer off the front of `in`. nullopt: it has not arrived completely.
using Answer = Result<std::optional<std::string>>;
std::optional<Answer> take_answer(std::string_view& in) {
  const std::size_t end = in.find(kEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = in.substr(1, end - 1);
  const std::string_view behind = in.substr(end + kEnd.size());
  if (in.front() != '$') {  // +OK, or -ERR with the reason
    const bool good = in.front() == '+';
    in = behind;
    return good ? Answer(std::nullopt) : Answer(io_error(std::string(line)));
  }
  std::int64_t size = 0;
  std::from_chars(line.begin(), line.end(), size);
  if (size < 0) {
    in = behind;
    return Answer(std::nullopt);
  }
  const auto bytes = static_cast<std::size_t>(size);
  if (behind.size() < bytes + kEnd.size()) return std::nullopt;
  in = behind.substr(bytes + kEnd.size());
  return Answer(std::string(behind.substr(0, bytes)));
}

void add_word(std::string_view word, std::string& out) {
  fmt::format_to(std::back_inserter(out), "${}\r\n{}\r\n", word.size(), word);
}

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Done = std::move_only_function<void(Answer)>;

  explicit Connection(Socket socket) : socket_(std::move(socket)) {}

  void start(asio::io_context& io) {
    asio::co_spawn(io, read(), [self = shared_from_this()](const std::exception_ptr& thrown) {
      self->fail(thrown ? "it broke" : "it was closed");
    });
  }
  void close() {
    asio::error_code ignored;
    socket_.close(ignored);
  }
  void ask(std::initializer_list<std::string_view> words, Done done) {
    fmt::format_to(std::back_inserter(outbox_), "*{}\r\n", words.size());
    for (const std::string_view word : words) add_word(word, outbox_);
    asked_.push_back(std::move(done));
    flush();
  }

 private:
  asio::awaitable<void> read() {
    for (;;) {
      const auto [failed] = co_await socket_.async_wait(Socket::wait_read, kResult);
      if (failed) co_return;
      asio::error_code error;
      const std::size_t size = socket_.read_some(asio::buffer(buffer_), error);
      if (error == asio::error::would_block) continue;
      if (error) co_return;
      inbox_.append(buffer_, 0, size);
      take_all();
    }
  }

  void take_all() {
    std::string_view in = inbox_;
    taking_ = true;  // requests made because of an answer collect
    while (!in.empty() && !asked_.empty()) {
      auto answer = take_answer(in);
      if (!answer) break;
      Done done = std::move(asked_.front());
      asked_.pop_front();
      done(*std::move(answer));
    }
    inbox_.erase(0, inbox_.size() - in.size());
    taking_ = false;
    flush();
  }

  void flush() {
    if (taking_ || sending_ || outbox_.empty()) return;
    asio::error_code error;
    const std::size_t size = socket_.write_some(asio::buffer(outbox_), error);
    if (!error) outbox_.erase(0, size);
    if (outbox_.empty() || (error && error != asio::error::would_block)) return;
    sending_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](asio::error_code failed) {
      self->sending_ = false;
      if (!failed) self->flush();
    });
  }

  void fail(const std::string& why) {
    for (Done& done : std::exchange(asked_, {}))
      done(unavailable("the connection to redis: " + why));
  }

  Socket socket_;
  std::string buffer_ = std::string(std::size_t{64} << 10, '\0');
  std::string inbox_;
  std::string outbox_;
  std::deque<Done> asked_;
  bool taking_ = false;
  bool sending_ = false;
};

class RedisConnections final : public AsyncStore {
 public:
  ~RedisConnections() override {
    for (const auto& one : connections_) one->close();
    io_.poll();
  }

  Result<void> open(const Endpoint& endpoint, std::size_t connections) {
    for (std::size_t i = 0; i < connections; ++i) {
      Result<void> opened = unavailable("cannot connect");
      asio::co_spawn(io_, open_one(endpoint, opened), [](const std::exception_ptr&) {});
      io_.restart();
      io_.run();
      STRATA_TRY(opened);
    }
    io_.restart();
    for (const auto& one : connections_) one->start(io_);
    return {};
  }

  std::size_t connections() const override { return connections_.size(); }
  void get(std::size_t connection, std::string_view key, Got got) override {
    connections_[connection]->ask({"GET", key}, std::move(got));
  }
  void write(std::size_t connection, const WriteBatch& batch, Written written) override {
    const Operation put = batch[0];  // a batch of a load has one operation
    connections_[connection]->ask({"SET", put.key, put.value},
                                  [written = std::move(written)](Answer answer) mutable {
                                    written(answer ? Result<void>() : answer.error());
                                  });
  }
  void run(std::chrono::nanoseconds at_most) override { io_.run_one_for(at_most); }

 private:
  // `opened` holds an error until the connection is open.
  asio::awaitable<void> open_one(const Endpoint& endpoint, Result<void>& opened) {
    Socket socket(io_);
    opened = co_await net::connect(endpoint, socket);
    if (opened) connections_.push_back(std::make_shared<Connection>(std::move(socket)));
  }

  asio::io_context io_{1};
  std::vector<std::shared_ptr<Connection>> connections_;
};

// A Store to pass where one is required. It takes no reads and writes.
class StandIn final : public Store {
 public:
  Result<std::optional<std::string>> get(std::string_view, const ReadOptions&) override {
    return refusal();
  }
  Result<void> write(const WriteBatch&) override { return refusal(); }
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions&) override { return refusal(); }
  Result<std::shared_ptr<const Snapshot>> snapshot() override { return refusal(); }
  Result<std::vector<Stat>> stats() override { return std::vector<Stat>(); }
  Capabilities capabilities() const override { return {}; }
  Result<void> close() override { return {}; }

 private:
  static Error refusal() { return unsupported("redis takes only gets and puts here"); }
};

constexpr std::string_view kScheme = "redis";

// Blocks until all are connected.
Result<std::unique_ptr<AsyncStore>> connect_to_redis(const ConnectOptions& options) {
  STRATA_TRY(const Endpoint endpoint, parse_endpoint(options.address.substr(kScheme.size() + 1)));
  auto all = std::make_unique<RedisConnections>();
  STRATA_TRY(all->open(endpoint, options.connections));
  return all;
}

const bool kRegistered = [] {
  register_connector({.scheme = std::string(kScheme),
                      .connect = [](auto&) { return std::make_unique<StandIn>(); },
                      .connect_async = &connect_to_redis});
  return true;
}();

}  // namespace
}  // namespace strata::net
