// Maps keys to places on a line, so that ranges of keys can be drawn.
//
// The smallest key is at the start of the line, the largest at its end. Between them a key is
// placed as if each byte were a digit. The base is the number of different byte values that occur,
// so that numbers and words both fill the line.
//
// Thread-safety: immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strata::compaction {

class KeyScale {
 public:
  // Requires: `keys` is not empty. The scale keeps copies, so `keys` need not outlive it.
  explicit KeyScale(std::vector<std::string_view> keys);

  // Returns a column in [0, columns). Requires: smallest() <= key <= largest().
  std::size_t column(std::string_view key, std::size_t columns) const;

  const std::string& smallest() const { return smallest_; }
  const std::string& largest() const { return largest_; }

 private:
  double digits_of(std::string_view key) const;

  std::string smallest_;
  std::string largest_;
  std::size_t common_ = 0;     // the number of bytes that all keys begin with
  unsigned char least_ = 255;  // the smallest and largest of the bytes after these
  unsigned char most_ = 0;
};

}  // namespace strata::compaction
