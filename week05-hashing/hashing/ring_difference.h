// What changes hands when one ring takes the place of another.
//
// Pure functions. Thread-safety: all may be called from many threads.
#pragma once

#include <vector>

#include "hashing/ring.h"

namespace strata::hashing {

// A range that has another owner from now on.
struct Handover {
  PointRange range;
  ServerId from;
  ServerId to;

  friend bool operator==(const Handover&, const Handover&) = default;
};

// All that changes hands, ascending; neighbours that go the same way are one range. Requires:
// neither ring is empty.
std::vector<Handover> difference(const Ring& before, const Ring& after);

// All that goes from one server to another.
struct Transfer {
  ServerId from;
  ServerId to;
  PointSet points;

  friend bool operator==(const Transfer&, const Transfer&) = default;
};

// The same, one entry for each pair of servers, sorted by `from` and `to`.
std::vector<Transfer> transfers(const Ring& before, const Ring& after);

}  // namespace strata::hashing
