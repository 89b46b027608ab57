// The first idea that everybody has: number the servers, and divide the key's point by how many
// there are. The remainder is the number of the server.
//
// Promises: perfect balance, apart from chance; the fastest lookup; no memory but the list.
// Cannot do: change. When the number of servers goes from N to N + 1, a key stays only if both
// remainders name the same server. So N of N + 1 keys move, nearly all of them between old servers.
// There are no weights: each server counts as one.
//
// Thread-safety: immutable.
#pragma once

#include <vector>

#include "hashing/ring.h"
#include "placement/placement.h"

namespace strata::hashing {

class ModuloPlacement final : public Placement {
 public:
  explicit ModuloPlacement(const std::vector<Member>& members);

  std::string_view name() const override { return "modulo"; }
  ServerId owner(Point key) const override { return servers_[key % servers_.size()]; }
  std::size_t memory_bytes() const override { return servers_.size() * sizeof(ServerId); }

 private:
  std::vector<ServerId> servers_;  // sorted
};

}  // namespace strata::hashing
