#include "placement/bounded_loads.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.h"

namespace strata::hashing {

BoundedLoads::BoundedLoads(std::vector<Member> members, std::uint64_t keys, double slack,
                           std::uint32_t virtual_nodes)
    : ring_(std::move(members), virtual_nodes) {
  STRATA_ASSERT(!ring_.empty() && slack > 0);
  double weights = 0;
  for (const Member& member : ring_.members()) weights += member.weight;
  for (const Member& member : ring_.members()) {
    const double share = member.weight / weights;
    const double limit = std::ceil((1 + slack) * static_cast<double>(keys) * share);
    servers_.push_back({.limit = static_cast<std::uint64_t>(limit)});
  }
}

ServerId BoundedLoads::place(Point key) {
  const ServerId owner = ring_.owner(key);
  if (take(owner)) return owner;
  // Most walks are short, so look at a few servers first.
  for (std::size_t count = 4;; count *= 4) {
    const std::vector<ServerId> list = ring_.preference_list(key, count);
    for (const ServerId server : list)
      if (take(server)) return server;
    STRATA_ASSERT(list.size() == count);  // else all are full: there were more keys than announced
  }
}

bool BoundedLoads::take(ServerId server) {
  auto& [load, limit] = servers_[place_of(server)];
  if (load == limit) return false;
  ++load;
  return true;
}

std::size_t BoundedLoads::place_of(ServerId server) const {
  const auto at = std::ranges::lower_bound(ring_.members(), server, {}, &Member::id);
  STRATA_ASSERT(at != ring_.members().end() && at->id == server);
  return static_cast<std::size_t>(at - ring_.members().begin());
}

std::size_t BoundedLoads::memory_bytes() const {
  return ring_.memory_bytes() + servers_.size() * sizeof(Server);
}

}  // namespace strata::hashing
