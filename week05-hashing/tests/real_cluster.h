// Three servers in this process, over sockets, each with its own store in a directory.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "env/posix_file_system.h"
#include "net/server.h"
#include "shard/node_process.h"
#include "shard/sharded_store.h"
#include "wal/logged_store.h"

namespace strata::shard {

class RealCluster {
 public:
  // Lifetime: the directory outlives the cluster.
  explicit RealCluster(env::Path directory) : directory_(std::move(directory)) {}
  ~RealCluster() { static_cast<void>(stop()); }
  RealCluster(const RealCluster&) = delete;
  RealCluster& operator=(const RealCluster&) = delete;

  static std::string name(std::size_t number) { return fmt::format("n{}", number); }
  std::string address(std::size_t number) const {
    return fmt::format("unix:{}.{}.sock", directory_.string(), name(number));
  }

  // Makes a cluster of so many, or goes on with it.
  Result<void> start(std::size_t count) {
    std::vector<Server> founders;
    for (std::size_t number = 1; number <= count; ++number)
      founders.push_back({.name = name(number), .address = address(number)});
    for (std::size_t number = 1; number <= count; ++number)
      STRATA_TRY(start_one(number, {.founders = founders}));
    return {};
  }
  // One that joins the cluster of the first.
  Result<void> join(std::size_t number) { return start_one(number, {.join = address(1)}); }

  Result<void> stop() {
    for (Member& member : members_) member.server->stop();
    for (Member& member : members_) member.node.reset();
    Result<void> outcome;
    for (Member& member : members_)
      if (const auto closed = member.store->close(); !closed) outcome = closed;
    members_.clear();
    return outcome;
  }

  NodeProcess& node(std::size_t number) { return *members_[number - 1].node; }
  std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (std::size_t number = 1; number <= members_.size(); ++number)
      all.push_back(address(number));
    return all;
  }

 private:
  struct Member {
    std::unique_ptr<Store> store;
    std::unique_ptr<NodeProcess> node;
    std::unique_ptr<net::Server> server;
  };

  Result<void> start_one(std::size_t number, MembershipOptions membership) {
    membership.gossip = std::chrono::milliseconds(50);
    Member member;
    wal::LoggedStoreOptions options;
    options.sync = SyncMode::kNever;
    STRATA_TRY(member.store,
               wal::LoggedStore::open(env::posix_file_system(),
                                      directory_.string() + "." + name(number), options));
    STRATA_TRY(member.node, NodeProcess::start(*member.store,
                                               {.name = name(number),
                                                .address = address(number),
                                                .membership = std::move(membership)},
                                               {}));
    STRATA_TRY(const net::Endpoint endpoint, net::parse_endpoint(address(number)));
    STRATA_TRY(member.server, net::Server::start(member.node->service(), {.listen = {endpoint}}));
    members_.push_back(std::move(member));
    return {};
  }

  const env::Path directory_;
  std::vector<Member> members_;
};

}  // namespace strata::shard
