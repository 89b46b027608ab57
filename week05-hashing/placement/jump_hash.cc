#include "placement/jump_hash.h"

#include "base/assert.h"

namespace strata::hashing {

// The paper's code. `key` becomes the state of a linear congruential generator, whose highest 31
// bits give a random number r in (0, 1]. The bucket behind the current one to which the key jumps
// is the integer part of (bucket + 1) / r.
std::uint32_t jump_hash(Point key, std::uint32_t buckets) {
  constexpr std::uint64_t kMultiplier = 2862933555777941757;
  constexpr double kRange = 2147483648.0;  // 2^31
  std::int64_t bucket = 0;
  std::int64_t next = 0;
  while (next < buckets) {
    bucket = next;
    key = key * kMultiplier + 1;
    const double random = static_cast<double>((key >> 33) + 1);
    next = static_cast<std::int64_t>(static_cast<double>(bucket + 1) * (kRange / random));
  }
  return static_cast<std::uint32_t>(bucket);
}

JumpHash::JumpHash(const std::vector<Member>& members) {
  STRATA_ASSERT(!members.empty());
  for (const Member& member : members) servers_.push_back(member.id);
}

ServerId JumpHash::owner(Point key) const {
  return servers_[jump_hash(key, static_cast<std::uint32_t>(servers_.size()))];
}

}  // namespace strata::hashing
