#include "lsm/arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "env/random.h"

namespace strata::lsm {
namespace {

TEST(Arena, PiecesDoNotOverlapAndStay) {
  Arena arena;
  env::Random random(3);
  std::vector<std::pair<std::byte*, std::size_t>> pieces;
  for (std::size_t i = 0; i < 3000; ++i) {
    const std::size_t size = random.one_in(100) ? random.below(300'000) : random.below(200);
    std::byte* const piece = arena.allocate(size);
    std::memset(piece, static_cast<int>(i % 251), size);
    pieces.emplace_back(piece, size);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i)
    for (std::size_t at = 0; at < pieces[i].second; ++at)
      ASSERT_EQ(pieces[i].first[at], static_cast<std::byte>(i % 251));
}

TEST(Arena, KeepsToTheAlignment) {
  Arena arena;
  for (const std::size_t alignment : {1u, 2u, 8u, 16u, 64u})
    for (std::size_t size = 1; size < 40; ++size) {
      const auto address = reinterpret_cast<std::uintptr_t>(arena.allocate(size, alignment));
      EXPECT_EQ(address % alignment, 0u);
    }
}

TEST(Arena, CountsWhatItTook) {
  Arena arena;
  EXPECT_EQ(arena.memory(), 0u);
  arena.allocate(10);
  const auto block = arena.memory();
  EXPECT_GE(block, 10u);
  arena.allocate(10);
  EXPECT_EQ(arena.memory(), block);
  arena.allocate(1'024'000);
  EXPECT_EQ(arena.memory(), block + 1'024'000);
}

}  // namespace
}  // namespace strata::lsm
