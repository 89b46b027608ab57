#include "net/server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>

#include "env/descriptors.h"
#include "net/listener.h"
#include "net/messages.h"
#include "net/net_thread.h"

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptAgain{50};  // after an error: too many open files
constexpr std::chrono::seconds kHousekeeping{5};

ServerOptions within_descriptors(ServerOptions options) {
  std::size_t& connections = options.limits.connections;
  connections = std::min(connections, env::descriptor_limit() / 3 * 2);
  options.limits.strangers =
      std::clamp<std::size_t>(connections / 4 / std::max(1U, options.threads), 1,
                              std::max<std::size_t>(1, options.limits.strangers));
  return options;
}

// Refuses a connection above the limit. Says why, if that can be sent without waiting.
void refuse(Socket& socket) {
  proto::ServerHello hello;
  hello.mutable_refusal()->set_code(proto::Error::UNAVAILABLE);
  hello.mutable_refusal()->set_message("the server has as many connections as it may have");
  std::string frame;
  append_message(hello, frame);
  prepare(socket);
  asio::error_code ignored;
  socket.write_some(asio::buffer(frame), ignored);
}

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is no exception";
  }
}

}  // namespace

class Server::Parts {
 public:
  Parts(Service& service, ServerOptions options)
      : options_(within_descriptors(std::move(options))), host_(service, options_) {
    for (unsigned i = 0; i < std::max(1U, options_.threads); ++i)
      threads_.push_back(std::make_unique<NetThread>(host_));
  }
  ~Parts() { stop(std::chrono::seconds(4)); }

  Result<void> listen() {
    for (const Endpoint& endpoint : options_.listen) {
      STRATA_TRY(auto opened,
                 Listener::open(first().io(), endpoint, !options_.identity.secret.empty()));
      endpoints_.push_back(opened.front()->endpoint());
      std::ranges::move(opened, std::back_inserter(listeners_));
    }
    for (const auto& listener : listeners_) {
      ++accepting_;
      asio::co_spawn(first().io(), accept(listener->acceptor()),
                     [this](const std::exception_ptr& thrown) {
                       if (thrown && options_.log)
                         options_.log->critical("no one is accepted any more: {}", text_of(thrown));
                       --accepting_;
                       accepting_.notify_all();
                     });
    }
    housekeeping_ = std::make_unique<asio::steady_timer>(first().io());
    ++accepting_;
    asio::co_spawn(first().io(), housekeep(), [this](const std::exception_ptr& thrown) {
      if (thrown && options_.log) options_.log->error("housekeeping ended: {}", text_of(thrown));
      --accepting_;
      accepting_.notify_all();
    });
    return {};
  }

  const std::vector<Endpoint>& endpoints() const { return endpoints_; }

  ServerFigures figures() const {
    return {.connections = host_.live->count(),
            .accepted = host_.accepted.load(),
            .refused = host_.refused.load(),
            .requests = host_.requests.load(),
            .shed = host_.shed.load(),
            .in_flight_bytes = host_.in_flight_bytes.load()};
  }

  void stop(std::chrono::milliseconds patience) {
    stop_accepting();
    for (const auto& thread : threads_)
      thread->with_sessions([](Session& session) { session.stop(); });
    if (host_.live->wait_until_none(patience)) return clear();
    for (const auto& thread : threads_)
      thread->with_sessions([](Session& session) { session.close(); });
    // A request in flight keeps its session alive; the service will answer it.
    host_.service.give_up();
    host_.live->wait_until_none();
    clear();
  }

 private:
  void clear() {
    listeners_.clear();
    housekeeping_.reset();
    threads_.clear();
  }

  NetThread& first() { return *threads_.front(); }

  void stop_accepting() {
    if (threads_.empty()) return;
    ++accepting_;  // stop() waits for the task below, too
    asio::post(first().io(), [this] {
      stopping_ = true;
      if (housekeeping_) housekeeping_->cancel();
      for (const auto& listener : listeners_) listener->close();
      --accepting_;
      accepting_.notify_all();
    });
    for (int left = accepting_; left > 0; left = accepting_) accepting_.wait(left);
  }

  asio::awaitable<void> accept(Acceptor& acceptor) {
    asio::steady_timer again(first().io());
    while (!stopping_) {
      asio::error_code error;
      try {
        error = co_await accept_one(acceptor);
      } catch (const std::bad_alloc&) {  // that connection is closed
        error = asio::error::no_memory;
      }
      if (!error || stopping_) continue;
      if (options_.log) options_.log->error("cannot accept a connection: {}", error.message());
      again.expires_after(kAcceptAgain);
      co_await again.async_wait(kResult);
    }
  }

  asio::awaitable<asio::error_code> accept_one(Acceptor& acceptor) {
    NetThread& thread = *threads_[host_.accepted % threads_.size()];
    auto [error, socket] =
        co_await acceptor.async_accept(asio::any_io_executor(thread.io().get_executor()), kResult);
    if (error || stopping_) co_return error;
    if (host_.live->count() >= options_.limits.connections) {
      ++host_.refused;
      host_.warn("connection refused", socket, "there are as many as there may be");
      refuse(socket);
      co_return error;
    }
    prepare(socket);
    const std::uint64_t number = ++host_.accepted;
    asio::dispatch(thread.io(), [&thread, number, socket = std::move(socket)]() mutable {
      thread.adopt(std::move(socket), number);
    });
    co_return error;
  }

  asio::awaitable<void> housekeep() {
    std::chrono::milliseconds pause = kHousekeeping;
    while (!stopping_) {
      housekeeping_->expires_after(std::exchange(pause, kHousekeeping));
      co_await housekeeping_->async_wait(kResult);
      try {
        if (!stopping_) host_.service.housekeep();
      } catch (const std::bad_alloc&) {
        pause = kAcceptAgain;
      }
    }
  }

  const ServerOptions options_;
  SessionHost host_;
  std::vector<std::unique_ptr<NetThread>> threads_;
  std::vector<Endpoint> endpoints_;

  // Used by the first thread only, once it accepts:
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<asio::steady_timer> housekeeping_;
  bool stopping_ = false;

  std::atomic<int> accepting_{0};  // coroutines of the first thread that are not sessions
};

Result<std::unique_ptr<Server>> Server::start(Service& service, ServerOptions options) {
  auto parts = std::make_unique<Parts>(service, std::move(options));
  STRATA_TRY(parts->listen());
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

const std::vector<Endpoint>& Server::endpoints() const { return parts_->endpoints(); }
ServerFigures Server::figures() const { return parts_->figures(); }
void Server::stop(std::chrono::milliseconds patience) { parts_->stop(patience); }

}  // namespace strata::net
