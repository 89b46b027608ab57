// Which map holds: how a cluster is made, how a map spreads, and how the keeper changes it.
//
// A map counts only when it is durable in this server's store. It spreads by gossip: now and then,
// and after each change, a server tells others which epoch it has; who has a lower one fetches the
// map. Serving keys never waits for any of this.
//
// Thread-safety: belongs to the executor's thread; answers are given there.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "env/executor.h"
#include "env/random.h"
#include "net/store_service.h"
#include "shard/peers.h"
#include "shard/records.h"
#include "shard/shard.pb.h"

namespace strata::shard {

struct MembershipOptions {
  // How a server without a map comes to one: it makes a cluster of itself, or with others (all of
  // which are given the same list, it among them), or it joins one.
  bool alone = false;
  std::vector<Server> founders = {};  // without ids; the first one is the keeper
  std::string join = {};              // the address of any server of the cluster
  std::chrono::milliseconds gossip{500};
};

struct MembershipParts {
  Server self;
  net::StoreService& service;
  env::Executor& executor;
  Peers& peers;
  env::Entropy& entropy;
};

class Membership {
 public:
  struct Events {
    // This map holds from now on, and is durable.
    std::function<void(const ClusterMap&)> follow;
    // The moves that this server has taken, by the map that holds.
    std::function<std::vector<MoveName>()> taken;
    // It cannot become a member; the error says why.
    std::function<void(const Error&)> refused;
    // It is no member yet, and tries again; the error says why, if it is another one than before.
    std::function<void(const Error&)> waits;
  };
  template <class Message>
  using Answered = std::move_only_function<void(Result<Message>)>;

  // `map`: that of the disk; an epoch of 0: none. Lifetime: the references outlive this object.
  Membership(const MembershipParts& parts, MembershipOptions options, ClusterMap map,
             Events events);

  // Follows the map that it has, or comes to one. Requires: called once.
  void start();

  // An epoch of 0: it waits for one.
  const ClusterMap& map() const { return map_; }
  bool is_member() const { return map_.find(parts_.self.id) != nullptr; }
  bool is_keeper() const { return map_.epoch > 0 && map_.keeper == parts_.self.id; }

  // ---- What others ask

  void asked(const proto::GetMap& request, Answered<proto::Map> answered);
  void asked(const proto::Enroll& request, Answered<proto::Map> answered);
  // Answered when the changed map is durable here. A server that is not the keeper passes it on.
  void asked(const proto::Change& request, env::TimePoint deadline, Answered<proto::Map> answered);
  void asked(const proto::MoveTaken& request, Answered<proto::MoveTakenNoted> answered);

  // This server has taken the keys of a move.
  void took(const MoveName& name);
  // Somebody has a map with this epoch.
  void heard_of(std::uint64_t epoch, const std::string& address);

 private:
  void adopt(ClusterMap map, env::Task then);
  void adopted();
  Result<ClusterMap> changed(const proto::Change& change) const;
  Result<void> check_cluster(std::uint64_t cluster) const;
  void note_taken(const MoveName& name);
  void finish_if_all_is_taken();
  void found();
  void fetch(const std::string& address);
  void fetched(const net::Response& response);
  void ask_to_join();
  void came_back(const net::Response& response);
  void tick();
  void tell_own_address();
  std::vector<std::string> places_of_others() const;
  void call(const Server& to, net::Request request,
            std::function<void(const net::Response&)> answered);

  const MembershipParts parts_;
  const MembershipOptions options_;
  const Events events_;
  env::Random random_;
  ClusterMap map_;
  bool wants_in_ = true;   // until it has been a member since it started
  std::string waits_for_;  // why it is none yet
  // A newer map that is being made durable, and who waits for it.
  std::optional<ClusterMap> saving_;
  std::vector<env::Task> waiting_;
  Servers enrolled_;          // of a cluster that is being made here
  std::set<MoveName> taken_;  // at the keeper: of the change under way
  env::Timer tick_;
  env::Timer again_;
  std::shared_ptr<Membership*> me_ = std::make_shared<Membership*>(this);
};

}  // namespace strata::shard
