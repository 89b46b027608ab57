// Keys as places on a line, so that ranges of them can be drawn.
//
// Between the smallest and the largest key the places are as the keys would be spread if each
// byte were a digit: in the base of the bytes that occur, so that numbers and words fill the line.
//
// Pure functions over what it was made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strata::compaction {

class KeyScale {
 public:
  // Requires: `keys` is not empty. It refers to none of them later.
  explicit KeyScale(std::vector<std::string_view> keys);

  // In [0, columns). Requires: `key` is not before smallest() and not behind largest().
  std::size_t column(std::string_view key, std::size_t columns) const;

  const std::string& smallest() const { return smallest_; }
  const std::string& largest() const { return largest_; }

 private:
  double digits_of(std::string_view key) const;

  std::string smallest_;
  std::string largest_;
  std::size_t common_ = 0;     // bytes at the start of every key
  unsigned char least_ = 255;  // of the bytes behind them
  unsigned char most_ = 0;
};

}  // namespace strata::compaction
