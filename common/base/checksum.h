// The one checksum of every Strata format: XXH3-64, seeded.
//
// The seed binds bytes to the place they belong to (a log position, a file id), so that
// right bytes in the wrong place do not pass. It detects accidents, not attackers.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace strata {

std::uint64_t checksum64(ByteView bytes, std::uint64_t seed = 0);

// The low half of checksum64, for formats where eight bytes would weigh too much.
std::uint32_t checksum32(ByteView bytes, std::uint64_t seed = 0);

}  // namespace strata
