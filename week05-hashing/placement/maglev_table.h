// A table like that of Maglev, Google's load balancer: Eisenbud et al., "Maglev: A Fast and
// Reliable Software Network Load Balancer", NSDI 2016, section 3.4.
//
// The table has a prime number of entries, and each entry names a server. A lookup is one division
// and one load: the entry number `point % size`. To fill the table, each server puts all entries
// into an order of its own, made from two hashes of its id: it begins at `offset` and goes on in
// steps of `skip`. Because the size is prime, this reaches every entry. Then the servers take
// turns, and in its turn a server takes the first entry of its order that is still free. A server
// of the weight 3 takes three entries in its turn.
//
// Promises: the best balance of all, since the numbers of entries differ by at most one, if the
// weights are equal; the lookup takes the same time for any number of servers; any server can
// leave.
// Cannot do: minimal disruption. A new server pushes others off an entry, they push others, and so
// some keys move between old servers: few if the table has at least 100 entries for a server. Every
// change fills the whole table again. Maglev accepts both, since it remembers the server of each
// open connection besides.
//
// Thread-safety: immutable.
#pragma once

#include <vector>

#include "hashing/ring.h"
#include "placement/placement.h"

namespace strata::hashing {

inline constexpr std::uint32_t kMaglevEntries = 65'537;  // the paper's small table

class MaglevTable final : public Placement {
 public:
  // Requires: `entries` is prime, and at least the number of members.
  explicit MaglevTable(std::vector<Member> members, std::uint32_t entries = kMaglevEntries);

  std::string_view name() const override { return "maglev"; }
  ServerId owner(Point key) const override { return servers_[table_[key % table_.size()]]; }
  std::size_t memory_bytes() const override;

 private:
  void fill(const std::vector<Member>& members);

  std::vector<ServerId> servers_;     // sorted
  std::vector<std::uint32_t> table_;  // places in servers_
};

}  // namespace strata::hashing
