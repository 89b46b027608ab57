// What virtual nodes cost. Each key has three copies, on the servers of its preference list, and
// two of them are a quorum. If two of the three servers are lost, the key has lost its quorum.
// With few virtual nodes a server shares keys with few others, so few pairs of servers do harm, but
// each of them does much. With many virtual nodes nearly every pair does harm, but each of them
// little. On average over all pairs the harm is the same. (Cidon et al., "Copysets", USENIX ATC
// 2013, is about this choice.)
//
// Thread-safety: plain data and pure functions.
#pragma once

#include "hashing/ring.h"
#include "ring_sim/settings.h"
#include "ring_sim/table.h"

namespace strata::hashing {

inline constexpr std::size_t kCopies = 3;

struct QuorumLoss {
  double harmful_pairs = 0;  // share of all pairs: some key has copies on both servers
  double mean_keys = 0;  // share of all keys that a harmful pair takes the quorum from; the mean
  double most_keys = 0;  // the same of the worst pair
};
// Requires: at least 3 members.
QuorumLoss quorum_loss(const Ring& ring);

// --table quorum
Table quorum_table(const Settings& settings);

}  // namespace strata::hashing
