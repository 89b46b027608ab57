#include "env/random.h"

#include <unistd.h>

#include "base/assert.h"

namespace strata::env {

std::uint64_t entropy() {
  std::uint64_t bits = 0;
  STRATA_ASSERT(::getentropy(&bits, sizeof bits) == 0);  // fails only for more than 256 bytes
  return bits;
}

}  // namespace strata::env
