#include "env/random.h"

#include <unistd.h>

#include "base/assert.h"

namespace strata::env {

Random Random::from_entropy() {
  std::uint64_t seed = 0;
  STRATA_ASSERT(::getentropy(&seed, sizeof seed) == 0);  // fails only for more than 256 bytes
  return Random(seed);
}

}  // namespace strata::env
