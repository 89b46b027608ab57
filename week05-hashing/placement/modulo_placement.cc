#include "placement/modulo_placement.h"

#include <algorithm>

#include "base/assert.h"

namespace strata::hashing {

ModuloPlacement::ModuloPlacement(const std::vector<Member>& members) {
  STRATA_ASSERT(!members.empty());
  for (const Member& member : members) servers_.push_back(member.id);
  std::ranges::sort(servers_);
}

}  // namespace strata::hashing
