// A placement says which server has a key. The ring is the placement that Strata uses; the others
// are here to compare it with. A good placement has four properties, and no placement is best in
// all of them:
//
//   balance      every server has about the same number of keys
//   disruption   when a server joins or leaves, few keys move, and none between two servers that
//                stay
//   freedom      any server can leave, and a server can have more weight than another
//   cost         a lookup takes little time and memory
//
// Every placement here is a function of the key's point and the list of members, and of nothing
// else. So all clients that know the members agree, without asking anybody. (BoundedLoads is not a
// Placement, for it lacks this property.)
//
// Thread-safety: all forms are immutable.
#pragma once

#include <cstddef>
#include <string_view>

#include "hashing/point.h"

namespace strata::hashing {

// The constructors of all forms require: at least one member; no two with the same id; every weight
// is at least 1.
class Placement {
 public:
  virtual ~Placement() = default;

  virtual std::string_view name() const = 0;  // "ring"
  virtual ServerId owner(Point key) const = 0;
  // The bytes that a lookup may read.
  virtual std::size_t memory_bytes() const = 0;
};

}  // namespace strata::hashing
