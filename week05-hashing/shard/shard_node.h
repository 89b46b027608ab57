// A server of a cluster that splits the keys: everything but the network.
//
// It is a Service. A request that is for nobody in particular is answered from wherever the keys
// are; a request that is for this server (Request::addressee) is answered from its own store, or
// refused. It owns no thread, socket or clock, so the same object runs in a process and in a
// simulated world.
//
//   routed requests    Router, MergedScans
//   its own keys       OwnerService, on a StoreService
//   who has which      Membership (the map), Moves (keys on their way)
//
// Thread-safety: as Service. Everything that has to do with the map, with moves and with scans runs
// on the executor's thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "shard/membership.h"
#include "shard/merged_scans.h"
#include "shard/moves.h"
#include "shard/router.h"

namespace strata::shard {

struct ShardNodeOptions {
  std::string name;
  std::string address;  // where peers and clients reach it
  std::uint32_t weight = 1;
  std::string zone = {};
  MembershipOptions membership = {};
  MergedScansOptions scans = {};
  MoveLimits moves = {};
  // Called on the executor's thread when it cannot become a member.
  std::function<void(const Error&)> refused = [](const Error&) {};
  // ... and when it is none yet, and tries again; once for each reason.
  std::function<void(const Error&)> waits = [](const Error&) {};
};

class ShardNode final : public net::Service {
 public:
  struct Parts {
    Store& store;
    net::StoreService& service;  // on `store`
    env::Executor& executor;
    Peers& peers;
    env::Entropy& entropy;
  };

  // Reads who it is from the store, or makes it up. Lifetime: the parts outlive the node.
  // Errors: kInvalidArgument if the store has keys and was never a server's, or was one with
  // another name; and those of read_records(). Blocks: on the store.
  static Result<std::unique_ptr<ShardNode>> open(const Parts& parts, ShardNodeOptions options);
  // Requires: no request is handed to it any more; the executor's thread calls this, or nobody runs
  // it.
  ~ShardNode() override;

  // Begins to be a member. On the executor's thread. Requires: called once.
  void start();

  void handle(net::Request request, const net::Context& context, net::Reply reply) override;
  void flush() override { parts_.service.flush(); }
  bool durable() const override { return parts_.service.durable(); }
  net::proto::Limits limits() const override { return parts_.service.limits(); }
  void housekeep() override;

  // ---- On the executor's thread

  const Server& self() const { return self_; }
  const ClusterMap& map() const { return membership_.map(); }
  std::vector<MoveProgress> moves() const { return moves_.progress(); }
  // Whether it answers for keys at this point.
  bool serves(Point point) const { return owner_.serves(point); }
  // It has removed what it does not own.
  bool is_tidy() const { return moves_.is_tidy(); }
  void check_invariants() const;

 private:
  ShardNode(const Parts& parts, ShardNodeOptions options, Server self, const Records& records);

  void follow(const ClusterMap& map);
  void handle_own(net::Request request, const net::Context& context, net::Reply reply);
  void handle_kind(net::Request request, const net::Context& context, net::Reply reply);
  void scan_part(net::Request request, const net::Context& context, net::Reply reply);
  void count_keys(net::Request request, net::Reply reply);
  void move(net::Request request, net::Reply reply);
  proto::Status status() const;
  void stats(const net::Request& request, const net::Context& context, net::Reply reply);
  void send(const Server& to, net::Request request, env::TimePoint deadline, net::Reply reply);
  void post(env::Task task);

  const Parts parts_;
  const ShardNodeOptions options_;
  const Server self_;
  OwnerService owner_;
  Router router_;
  MergedScans scans_;
  Moves moves_;
  Membership membership_;
  std::shared_ptr<ShardNode*> me_ = std::make_shared<ShardNode*>(this);
};

}  // namespace strata::shard
