#include "shard_world/world_peers.h"

#include <fmt/format.h>

#include "net/messages.h"

namespace strata::world {
namespace {

constexpr std::uint64_t kMostConnections = 1'000'000;  // of one link

}  // namespace

WorldPeers::~WorldPeers() {
  alive_.reset();
  for (const auto& [address, connection] : connections_) connection->cut();
}

void WorldPeers::call(const shard::Server& to, net::Request request, env::TimePoint deadline,
                      net::Reply reply) {
  // Everything comes on the thread of the node, and nothing comes when this life is over.
  const auto answered =
      [this, alive = std::weak_ptr(alive_), name = to.name,
       reply = std::make_shared<net::Reply>(std::move(reply))](net::Response response) {
        if (!alive.lock()) return;
        if (response.has_error() && !name.empty())
          response.mutable_error()->set_message(name + ": " + response.error().message());
        executor_.post(
            [reply, response = std::move(response)]() mutable { (*reply)(std::move(response)); });
      };
  const Place place = find_(to.address);
  if (!place.node)
    return answered(net::failed(0, net::proto::Error::UNAVAILABLE, "nobody is at this address"));
  std::shared_ptr<Connection>& connection = connections_[to.address];
  if (!connection || connection->is_closed()) {
    Link& link = place.link->link;
    connection = std::make_shared<Connection>(
        shared_, *place.node, link, link.number * kMostConnections + ++place.link->connections);
    place.link->connection = connection;
    connection->start();
  }
  // The deadline is on the node's clock.
  const env::TimePoint then = shared_.now() + (deadline - executor_.now());
  const auto used = connection;  // the call may bring an answer that replaces it
  used->call(request, then, answered);
}

}  // namespace strata::world
