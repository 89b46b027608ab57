#include "base/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace strata {

std::uint64_t checksum64(ByteView bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint32_t checksum32(ByteView bytes, std::uint64_t seed) {
  return static_cast<std::uint32_t>(checksum64(bytes, seed));
}

}  // namespace strata
