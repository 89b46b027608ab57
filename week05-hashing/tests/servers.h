// Rings need servers. Thread-safety: pure functions.
#pragma once

#include <vector>

#include "hashing/ring.h"

namespace strata::hashing {

// So many servers of the weight 1.
inline std::vector<Member> servers(std::uint64_t count) {
  std::vector<Member> members;
  for (std::uint64_t id = 1; id <= count; ++id) members.push_back({.id = ServerId(id * 104729)});
  return members;
}

}  // namespace strata::hashing
