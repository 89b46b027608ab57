// A client of a server: some connections, made again when they break, and requests that are sent
// again where that is safe.
//
// Lives on the thread that runs `io`; every function is to be called there.
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
  std::chrono::milliseconds timeout{10'000};  // of a request, with everything tried for it
  bool retries = true;                        // false: each request is sent once
};

class Client {
 public:
  Client(asio::io_context& io, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Calls `reply` once, with the answer or with an error: UNKNOWN where a write may have been
  // done, any other where it was not.
  void call(Request request, Reply reply);

  // Answers what is under way with an error that says `why`, what waits to be sent again within a
  // second; later calls get it too.
  void close(const std::string& why);

 private:
  struct Call;

  void attempt(const std::shared_ptr<Call>& call);
  void answered(const std::shared_ptr<Call>& call, Response response);
  Channel& channel();
  void tick();

  asio::io_context& io_;
  const ClientOptions options_;
  env::Random random_ = env::Random::from_entropy();
  std::vector<std::shared_ptr<Channel>> channels_;
  std::size_t next_ = 0;
  std::optional<std::string> closed_;  // why
  asio::steady_timer timer_;
  // Shared with what the timers of retries do, who may outlive the client.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace strata::net
