// The ring of hashing/ring.h as a placement, to compare it with the others.
//
// Promises: a join or a leave moves only the keys that must move. Any server can leave; weights are
// numbers of virtual nodes.
// Cannot do: perfect balance. The shares of the servers differ by about 1 / sqrt(virtual nodes).
//
// Thread-safety: immutable.
#pragma once

#include <utility>
#include <vector>

#include "hashing/ring.h"
#include "placement/placement.h"

namespace strata::hashing {

class RingPlacement final : public Placement {
 public:
  explicit RingPlacement(std::vector<Member> members, std::uint32_t virtual_nodes = kVirtualNodes)
      : ring_(std::move(members), virtual_nodes) {}

  std::string_view name() const override { return "ring"; }
  ServerId owner(Point key) const override { return ring_.owner(key); }
  std::size_t memory_bytes() const override { return ring_.memory_bytes(); }

 private:
  const Ring ring_;
};

}  // namespace strata::hashing
