#include "net/load_connections.h"

#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::chrono::milliseconds kTick{100};

}  // namespace

Result<std::unique_ptr<LoadConnections>> LoadConnections::open(const ChannelOptions& options,
                                                               std::size_t connections,
                                                               std::chrono::milliseconds timeout) {
  std::unique_ptr<LoadConnections> all(new LoadConnections(*options.clock, timeout));
  for (std::size_t i = 0; i < connections; ++i) {
    Connection& one = all->connections_.emplace_back(
        std::make_shared<Channel>(all->io_, options),
        std::make_unique<TokenSource>(options.entropy->nonzero_bits()));
    one.channel->start();
  }
  STRATA_TRY(all->wait_until_open());
  return all;
}

LoadConnections::~LoadConnections() {
  for (const Connection& one : connections_) one.channel->close("the load is over");
  io_.poll();
}

Result<void> LoadConnections::wait_until_open() {
  for (const Connection& one : connections_) {
    while (!one.channel->open() && !one.channel->closed()) {
      io_.run_one_for(std::chrono::milliseconds(100));
      one.channel->tick(clock_.now());
    }
    if (one.channel->closed()) return error_from(one.channel->failure());
  }
  return {};
}

void LoadConnections::get(std::size_t connection, std::string_view key, Got got) {
  Request request;
  request.mutable_get()->set_key(key.data(), key.size());
  connections_[connection].channel->call(request, deadline(),
                                         [got = std::move(got)](Response response) mutable {
                                           if (response.has_error())
                                             return got(error_from(response.error()));
                                           if (!response.get().has_value())
                                             return got(std::nullopt);
                                           got(std::move(*response.mutable_get()->mutable_value()));
                                         });
}

void LoadConnections::write(std::size_t connection, const WriteBatch& batch, Written written) {
  Connection& one = connections_[connection];
  Request request;
  add_operations(batch, *request.mutable_write());
  const Token token = one.tokens->next();
  token_to(token, *request.mutable_write()->mutable_token());
  one.channel->call(request, deadline(),
                    [&tokens = *one.tokens, token,
                     written = std::move(written)](const Response& response) mutable {
                      tokens.settle(token);
                      if (response.has_error()) return written(error_from(response.error()));
                      written({});
                    });
}

void LoadConnections::run(std::chrono::nanoseconds at_most) {
  io_.run_one_for(at_most);
  const auto now = clock_.now();
  if (now - ticked_ < kTick) return;
  ticked_ = now;
  for (const Connection& one : connections_) one.channel->tick(now);
}

}  // namespace strata::net
