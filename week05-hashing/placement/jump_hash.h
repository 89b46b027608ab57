// Jump hash: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014.
//
// Think of a key while the servers join one after the other. When server number n joins (counted
// from 1), the key moves to it with the probability 1/n, and else it stays. So each server always
// has 1/n of the keys, and a key that moves goes to the new server. A generator of random numbers,
// started with the key, decides; so everybody gets the same answer. The trick of the paper: one
// random number is enough to compute the next server to which the key moves, without looking at the
// servers in between. So a lookup takes about ln n steps.
//
// Promises: perfect balance, apart from chance; a join moves only keys that must move; no memory
// but the list.
// Cannot do: let any server leave but the last one. If another one leaves, the servers behind it
// get new numbers, and their keys move. There are no weights: each server counts as one. So it fits
// numbered shards, each of them kept by several servers, and not servers that die.
//
// Thread-safety: immutable.
#pragma once

#include <vector>

#include "hashing/ring.h"
#include "placement/placement.h"

namespace strata::hashing {

// The number of the bucket that has the key, from 0 to buckets - 1. Requires: 1 <= buckets < 2^31.
std::uint32_t jump_hash(Point key, std::uint32_t buckets);

class JumpHash final : public Placement {
 public:
  // The order of the list counts: it is the numbering. A server that joins must be the last of it.
  explicit JumpHash(const std::vector<Member>& members);

  std::string_view name() const override { return "jump"; }
  ServerId owner(Point key) const override;
  std::size_t memory_bytes() const override { return servers_.size() * sizeof(ServerId); }

 private:
  std::vector<ServerId> servers_;  // in the order given
};

}  // namespace strata::hashing
