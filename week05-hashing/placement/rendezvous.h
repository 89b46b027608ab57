// Rendezvous hashing, also called highest random weight: Thaler and Ravishankar, "Using Name-Based
// Mappings to Increase Hit Rates", IEEE/ACM Transactions on Networking 1998.
//
// Every server draws a number for the key: a hash of its id and the key's point. The highest number
// wins. When a server leaves, only the keys for which it had the highest number go elsewhere, each
// of them to the server with the second highest number. So the keys of one server spread over all
// others. And the servers with the three highest numbers are a natural list of three copies.
//
// A server of the weight 3 draws three numbers, so it wins three times as often. (Another way takes
// one draw u from (0, 1) for each server and compares -weight / ln u: Schindelhauer and Schomaker,
// SPAA 2005. It allows weights that are not whole numbers. But logarithms may differ in the last
// bit between machines, and all clients must agree.)
//
// Promises: perfect balance, apart from chance; a join or a leave moves only the keys that must
// move; any server can leave; weights.
// Cannot do: large clusters. A lookup looks at every server.
//
// Thread-safety: immutable.
#pragma once

#include <vector>

#include "hashing/ring.h"
#include "placement/placement.h"

namespace strata::hashing {

class Rendezvous final : public Placement {
 public:
  explicit Rendezvous(const std::vector<Member>& members);

  std::string_view name() const override { return "rendezvous"; }
  ServerId owner(Point key) const override;
  std::size_t memory_bytes() const override { return draws_.size() * sizeof(Draw); }

 private:
  struct Draw {
    std::uint64_t seed;
    ServerId server;
  };

  std::vector<Draw> draws_;  // each server has as many as its weight
};

}  // namespace strata::hashing
