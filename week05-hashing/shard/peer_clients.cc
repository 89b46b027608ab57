#include "shard/peer_clients.h"

#include <asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/messages.h"

namespace strata::shard {
namespace {

using net::proto::Error;

constexpr unsigned kConnections = 2;  // to each server: a large answer does not hold up all others

}  // namespace

PeerClients::PeerClients(asio::io_context& io, net::ChannelOptions channel)
    : io_(io), channel_(std::move(channel)) {}

void PeerClients::call(const Server& to, net::Request request, env::TimePoint deadline,
                       net::Reply reply) {
  const std::string name = to.name.empty() ? to.address : to.name + " at " + to.address;
  asio::post(io_, [this, name, address = to.address, request = std::move(request), deadline,
                   reply = std::move(reply)]() mutable {
    const std::uint64_t id = request.id();
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - channel_.clock->now());
    if (left.count() <= 0)
      return reply(net::failed(id, Error::UNAVAILABLE, name + ": there was no time left to ask"));
    net::Client* client = client_at(address);
    if (!client) return reply(net::failed(id, Error::UNAVAILABLE, name + ": that is no address"));
    request.set_timeout_ms(static_cast<std::uint32_t>(
        std::min<std::int64_t>(left.count(), std::numeric_limits<std::uint32_t>::max())));
    client->call(
        std::move(request), [name, id, reply = std::move(reply)](net::Response response) mutable {
          response.set_id(id);
          const auto code = response.error().code();
          if (code == Error::UNAVAILABLE || code == Error::UNKNOWN)
            response.mutable_error()->set_message(name + ": " + response.error().message());
          reply(std::move(response));
        });
  });
}

net::Client* PeerClients::client_at(const std::string& address) {
  std::unique_ptr<net::Client>& client = clients_[address];
  if (client) return client.get();
  net::ClientOptions options{.channel = channel_, .connections = kConnections, .retries = false};
  auto endpoint = net::parse_endpoint(address);
  if (!endpoint) {
    clients_.erase(address);
    return nullptr;
  }
  options.channel.endpoint = *std::move(endpoint);
  client = std::make_unique<net::Client>(io_, std::move(options));
  return client.get();
}

}  // namespace strata::shard
