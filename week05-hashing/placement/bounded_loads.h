// Consistent hashing with bounded loads: Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing
// with Bounded Loads", SODA 2018.
//
// The ring, with a limit: no server takes more than (1 + slack) times the mean. The keys come one
// after the other. A key goes to its owner on the ring; if the owner is full, to the next server
// behind it that has room. The smaller the slack, the better the balance, the longer the walks, and
// the more keys move on a change: the paper proves that one join or leave moves at most about
// 1 / slack^2 times as many keys as it must.
//
// Promises: no server ever has more than its limit, for any keys. Any server can leave; a server of
// the weight 3 has three times the limit.
// Cannot do: tell where a key is from the key alone. That depends on the keys before it, so
// somebody has to remember the loads, or where each key went. Keys move between servers that stay,
// too. It fits load balancers, which forget a request when it is done, better than stores.
//
// Thread-safety: none; one owner. The same keys in the same order go to the same servers.
#pragma once

#include <vector>

#include "hashing/ring.h"

namespace strata::hashing {

class BoundedLoads {
 public:
  // Requires: at least one member; slack > 0. `keys`: how many there will be. The limits are
  // computed from it.
  BoundedLoads(std::vector<Member> members, std::uint64_t keys, double slack,
               std::uint32_t virtual_nodes = kVirtualNodes);

  // Gives the next key to a server. Requires: called at most `keys` times.
  ServerId place(Point key);

  // Both require: it is a member.
  std::uint64_t load(ServerId server) const { return servers_[place_of(server)].load; }
  std::uint64_t limit(ServerId server) const { return servers_[place_of(server)].limit; }

  // The ring and the loads.
  std::size_t memory_bytes() const;

 private:
  struct Server {
    std::uint64_t load = 0;
    std::uint64_t limit;
  };

  std::size_t place_of(ServerId server) const;
  bool take(ServerId server);

  const Ring ring_;
  std::vector<Server> servers_;  // in the order of ring_.members()
};

}  // namespace strata::hashing
