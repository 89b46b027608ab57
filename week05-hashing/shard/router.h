// Brings each get and each write to the server that has its keys: to this one, or to another one,
// which answers it or says that it does not have them either.
//
// Thread-safety: follow() belongs to the executor's thread; all others may be called from many
// threads at once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/published.h"
#include "env/executor.h"
#include "shard/owner_service.h"
#include "shard/peers.h"
#include "shard/route.h"

namespace strata::shard {

class Router {
 public:
  // Called when somebody has a map with this epoch: the server at this address, or one that it
  // knows.
  using HeardOf = std::function<void(std::uint64_t epoch, const std::string& address)>;

  // Lifetime: all references outlive this object and all requests.
  Router(ServerId self, OwnerService& owner, Peers& peers, env::Executor& executor,
         HeardOf heard_of)
      : self_(self),
        owner_(owner),
        peers_(peers),
        executor_(executor),
        heard_of_(std::move(heard_of)) {}

  void follow(const ClusterMap& map) { view_.set(std::make_shared<const MapView>(map)); }
  // Null: there is no map yet.
  std::shared_ptr<const MapView> view() const { return view_.get(); }

  // A get or a write that is for nobody in particular.
  void route(net::Request request, const net::Context& context, net::Reply reply);
  // One that is for this server.
  void serve(net::Request request, const net::Context& context, net::Reply reply);

  // What is answered to a request for keys that this server does not have. `points`: not empty.
  net::Response wrong_shard(std::uint64_t id, const std::vector<Point>& points) const;
  // Who, according to such an answer, has the keys.
  std::optional<ServerId> owner_in(const net::Response& response) const;

 private:
  struct Journey;

  void go(std::shared_ptr<Journey> journey);
  void ask(std::shared_ptr<Journey> journey, const Server& server);
  void wait(std::shared_ptr<Journey> journey);

  const ServerId self_;
  OwnerService& owner_;
  Peers& peers_;
  env::Executor& executor_;
  const HeardOf heard_of_;
  Published<MapView> view_;
};

// The deadline for a part of the work on a request: a little earlier than that of the whole, so
// that there is time to say what went wrong.
env::TimePoint deadline_within(const net::Context& context, env::TimePoint now);

}  // namespace strata::shard
