// Many connections to a server, driven by one thread, for the load generator. See
// store/async_store.h.
//
// Thread-safety: none; one owner.
#pragma once

#include <asio/io_context.hpp>

#include <memory>
#include <vector>

#include "net/channel.h"
#include "net/token_source.h"
#include "store/async_store.h"

namespace strata::net {

class LoadConnections final : public AsyncStore {
 public:
  // Blocks until all are connected. A request that is not answered within `timeout` fails.
  static Result<std::unique_ptr<LoadConnections>> open(const ChannelOptions& options,
                                                       std::size_t connections,
                                                       std::chrono::milliseconds timeout);
  ~LoadConnections() override;

  std::size_t connections() const override { return connections_.size(); }
  void get(std::size_t connection, std::string_view key, Got got) override;
  void write(std::size_t connection, const WriteBatch& batch, Written written) override;
  void run(std::chrono::nanoseconds at_most) override;

 private:
  // Each connection is a client of its own, with its own tokens.
  struct Connection {
    std::shared_ptr<Channel> channel;
    std::unique_ptr<TokenSource> tokens;
  };
  LoadConnections(const env::Clock& clock, std::chrono::milliseconds timeout)
      : clock_(clock), timeout_(timeout) {}
  Result<void> wait_until_open();
  Channel::TimePoint deadline() const { return clock_.now() + timeout_; }

  const env::Clock& clock_;
  const std::chrono::milliseconds timeout_;
  asio::io_context io_{1};
  std::vector<Connection> connections_;
  Channel::TimePoint ticked_ = clock_.now();
};

}  // namespace strata::net
