#include "base/strong.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace strata {
namespace {

using Position = Strong<struct PositionTag>;
using Index = Strong<struct IndexTag>;
using Small = Strong<struct SmallTag, std::uint32_t>;

// Nothing converts implicitly, and two types with different tags cannot be mixed.
static_assert(!std::is_convertible_v<std::uint64_t, Position>);
static_assert(!std::is_convertible_v<Position, std::uint64_t>);
static_assert(!std::is_constructible_v<Position, Index>);
static_assert(!std::is_assignable_v<Position&, Index>);
template <class A, class B>
concept Comparable = requires(A a, B b) { a < b; };
static_assert(Comparable<Position, Position>);
static_assert(!Comparable<Position, Index> && !Comparable<Position, std::uint64_t>);
static_assert(sizeof(Position) == 8 && sizeof(Small) == 4);

TEST(Strong, StartsAtZeroAndKeepsItsValue) {
  EXPECT_EQ(Position().value(), 0u);
  EXPECT_EQ(Position(7).value(), 7u);
}

TEST(Strong, IsOrderedByValue) {
  EXPECT_LT(Position(1), Position(2));
  EXPECT_EQ(Position(3), Position(3));
  EXPECT_NE(Position(3), Position(4));
}

TEST(Strong, MovesByACountAndMeasuresDistances) {
  EXPECT_EQ(Position(10) + 5, Position(15));
  EXPECT_EQ(Position(15) - Position(10), 5u);
}

}  // namespace
}  // namespace strata
