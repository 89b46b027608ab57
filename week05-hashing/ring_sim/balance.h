// How evenly the keys are spread.
//
// Thread-safety: plain data and pure functions.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ring_sim/settings.h"
#include "ring_sim/table.h"

namespace strata::hashing {

struct Balance {
  double max_over_mean = 0;  // the fullest server; it decides when the cluster is full
  double min_over_mean = 0;
  double deviation = 0;  // the standard deviation divided by the mean
};
// Of the servers' loads: numbers of keys, or shares. Requires: there is a load above 0.
Balance balance_of(std::span<const double> loads);

// The number of keys of each server, in the order of members_of(settings).
std::vector<double> count_keys(std::string_view scheme, const Settings& settings);
// The share of the circle of each server, in the order of ring.members().
std::vector<double> shares_of(const Ring& ring);

// --table balance
Table balance_table(const Settings& settings);
// --table points: rings by their number of virtual nodes. It compares shares of the circle, so it
// needs no keys.
Table points_table(const Settings& settings);

}  // namespace strata::hashing
