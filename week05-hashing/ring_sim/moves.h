// How many keys move when a server joins or leaves.
//
// Thread-safety: plain data and pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ring_sim/settings.h"
#include "ring_sim/table.h"

namespace strata::hashing {

// Two lists of members; one of them has one server that the other has not.
struct Change {
  std::string_view name;
  std::vector<Member> before;
  std::vector<Member> after;
  ServerId changed;  // the server that joins or leaves
  // The share of the keys that must move if the balance is perfect before and after: 1 / the longer
  // list's number of servers.
  double ideal() const;
};
// A server joins; the last one leaves; one in the middle leaves.
// Requires: at least 2 servers.
std::vector<Change> changes_of(const Settings& settings);

struct Moves {
  double moved = 0;        // share of all keys
  double between_old = 0;  // share of all keys: moved between two servers that stay
};
Moves count_moves(std::string_view scheme, const Change& change, const Settings& settings);

// --table moves
Table moves_table(const Settings& settings);

}  // namespace strata::hashing
