// Integers of different meaning that cannot be mixed by mistake: a log position is not a file
// offset, a term is not an index.
//
// Pure values; they may be copied between threads.
#pragma once

#include <compare>
#include <cstdint>

namespace strata {

// A number that converts to a plain one only by value(). Tag makes each use a type of its own:
//   using Position = Strong<struct PositionTag>;
template <class Tag, class Representation = std::uint64_t>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(Representation value) : value_(value) {}

  constexpr Representation value() const { return value_; }

  // `at + count` moves forward. `to - from` is the distance, a plain number.
  friend constexpr Strong operator+(Strong at, Representation by) { return Strong(at.value_ + by); }
  friend constexpr Representation operator-(Strong to, Strong from) {
    return to.value_ - from.value_;
  }
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Representation value_ = 0;
};

}  // namespace strata
