#include "env/random.h"

#include <random>

namespace strata::env {

Random Random::from_entropy() {
  std::random_device device;
  return Random((static_cast<std::uint64_t>(device()) << 32) | device());
}

}  // namespace strata::env
