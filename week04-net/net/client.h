// A client of a server: a few connections, which it makes again when they break. It sends a request
// again where that is safe (retry.h).
//
// Thread-safety: belongs to the thread that runs `io`; all functions must be called there.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <memory>
#include <vector>

#include "env/random.h"
#include "net/channel.h"
#include "net/retry.h"

namespace strata::net {

struct ClientOptions {
  ChannelOptions channel;
  unsigned connections = 1;
  std::chrono::milliseconds timeout{10'000};  // for a request, all its attempts included
  bool retries = true;                        // false: each request is sent once
};

class Client {
 public:
  Client(asio::io_context& io, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Calls `reply` once, with the answer or with an error. UNKNOWN: a write may have been done. Any
  // other error: it was not done and will not be.
  void call(Request request, Reply reply);

  // Answers all requests in flight with an error with the message `why`; requests that wait for
  // their next attempt get it within a second. Later calls get it too.
  // Called by a reply, it returns before the others have theirs.
  void close(const std::string& why);

 private:
  struct Call;

  void attempt(const std::shared_ptr<Call>& call);
  void answered(const std::shared_ptr<Call>& call, Response response);
  Channel& channel();
  env::TimePoint now() const { return options_.channel.clock->now(); }
  void tick();

  asio::io_context& io_;
  const ClientOptions options_;
  env::Random random_{options_.channel.entropy->bits()};
  std::vector<std::shared_ptr<Channel>> channels_;
  std::size_t next_ = 0;
  std::optional<std::string> closed_;  // why the client was closed
  asio::steady_timer timer_;
  // Shared with the timers of retries, which may outlive the client and must notice that.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace strata::net
