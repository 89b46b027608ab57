#include "placement/rendezvous.h"

#include <algorithm>

#include "base/assert.h"
#include "env/random.h"

namespace strata::hashing {

Rendezvous::Rendezvous(const std::vector<Member>& members) {
  STRATA_ASSERT(!members.empty());
  for (const Member& member : members)
    for (std::uint64_t number = 0; number < member.weight; ++number)
      draws_.push_back({.seed = point_of(member.id, number), .server = member.id});
  // Two draws with the same seed always tie. Then the lower id wins, whatever the order was.
  std::ranges::sort(draws_, {}, &Draw::server);
}

ServerId Rendezvous::owner(Point key) const {
  ServerId winner = draws_.front().server;
  std::uint64_t highest = 0;
  for (const Draw& draw : draws_) {
    const std::uint64_t number = env::Random(draw.seed ^ key).next();
    if (number <= highest) continue;
    highest = number;
    winner = draw.server;
  }
  return winner;
}

}  // namespace strata::hashing
