#include "env/random.h"

#include <unistd.h>

#include "base/assert.h"

namespace strata::env {
namespace {

class SystemEntropy final : public Entropy {
 public:
  std::uint64_t bits() override {
    std::uint64_t bits = 0;
    STRATA_ASSERT(::getentropy(&bits, sizeof bits) == 0);  // fails only for more than 256 bytes
    return bits;
  }
};

}  // namespace

std::uint64_t Entropy::nonzero_bits() {
  for (;;)
    if (const std::uint64_t found = bits(); found != 0) return found;
}

Entropy& system_entropy() {
  static SystemEntropy entropy;
  return entropy;
}

}  // namespace strata::env
