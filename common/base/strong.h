// Integers that do not mix: a log position is not a file offset, a term is not an index.
#pragma once

#include <compare>
#include <cstdint>

namespace strata {

// A value of Representation that converts to nothing but by value(). Tag only tells one
// type from another:  using Position = Strong<struct PositionTag>;
template <class Tag, class Representation = std::uint64_t>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(Representation value) : value_(value) {}

  constexpr Representation value() const { return value_; }

  // Moves forward by a plain count, and measures the distance between two.
  friend constexpr Strong operator+(Strong at, Representation by) { return Strong(at.value_ + by); }
  friend constexpr Representation operator-(Strong to, Strong from) {
    return to.value_ - from.value_;
  }
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Representation value_ = 0;
};

}  // namespace strata
