// Week 5 in a simulated world: some servers that split the keys, some that may join them, clients
// at each of them, and somebody who lets servers join and leave.
#pragma once

#include "sim/subject.h"

namespace strata::world {

sim::Subject sharded_cluster();

}  // namespace strata::world
