// The subject of week 4: one node with an engine of week 3, and clients that write, read, give up
// and try again, while connections break, the disk is slow, the process dies and the power is cut.
// What the clients have seen must be linearizable.
#pragma once

#include "sim/subject.h"

namespace strata::world {

sim::Subject served_store();

}  // namespace strata::world
