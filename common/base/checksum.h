// The checksum of every Strata format: XXH3-64 with a seed.
//
// The seed says where the bytes belong, for example to which position of which log. So correct
// bytes in the wrong place do not pass. The checksum detects accidents, not attackers.
//
// Pure functions; they may be called from many threads.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace strata {

std::uint64_t checksum64(ByteView bytes, std::uint64_t seed = 0);

// The lower half of checksum64, for formats in which eight bytes would take too much space.
std::uint32_t checksum32(ByteView bytes, std::uint64_t seed = 0);

}  // namespace strata
