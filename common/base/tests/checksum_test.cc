#include "base/checksum.h"

#include <gtest/gtest.h>

#include <set>

namespace strata {
namespace {

// The values that xxHash publishes, and what its command line tool prints (xxhsum -H3).
TEST(Checksum, IsXxh3AsPublished) {
  EXPECT_EQ(checksum64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(checksum64(as_bytes("abc")), 0x78af5f94892f3950u);
  EXPECT_EQ(checksum64(as_bytes("abc"), 1), 0x6b4467b443c76228u);
}

TEST(Checksum, TheShortFormIsTheLowHalf) { EXPECT_EQ(checksum32(as_bytes("abc")), 0x892f3950u); }

TEST(Checksum, TheSeedBindsTheBytesToTheirPlace) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) seen.insert(checksum64(as_bytes("abc"), seed));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Checksum, EveryFlippedBitShows) {
  Bytes bytes(300, std::byte{0x5a});
  const std::uint64_t right = checksum64(bytes);
  const std::uint32_t right_short = checksum32(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto flip = static_cast<std::byte>(1u << (bit % 8));
    bytes[bit / 8] ^= flip;
    EXPECT_NE(checksum64(bytes), right);
    EXPECT_NE(checksum32(bytes), right_short);
    bytes[bit / 8] ^= flip;
  }
}

TEST(Checksum, TheLengthCounts) {
  std::set<std::uint64_t> seen;
  for (std::size_t size = 0; size < 600; ++size) seen.insert(checksum64(Bytes(size)));
  EXPECT_EQ(seen.size(), 600u);
}

}  // namespace
}  // namespace strata
