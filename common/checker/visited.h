// What a search has visited, so that nothing is tried twice.
//
// Thread-safety: none; one owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "checker/part.h"

namespace strata::checker {

// The hash of a set is the exclusive or of what its members give; so members come and go in one
// step. Two sets are taken for equal if their hashes are: 128 bits.
struct Hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  Hash& operator^=(const Hash& other) {
    low ^= other.low;
    high ^= other.high;
    return *this;
  }
  friend bool operator==(const Hash&, const Hash&) = default;
};

// The finalizer of SplitMix64: every bit of the result depends on every bit of the number.
inline std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}
inline Hash hash_of(std::uint64_t one, std::uint64_t other) {
  const std::uint64_t both = mixed(one + 0x9e3779b97f4a7c15) + other * 0x9e3779b97f4a7c15;
  return {mixed(both), mixed(both ^ 0xd1b54a32d192ed03)};
}
inline Hash hash_of_operation(std::size_t place) { return hash_of(0, place); }
inline Hash hash_of_value(const PartAccess& access) {
  return access.value == kAbsent ? Hash() : hash_of(std::uint64_t{access.key} + 1, access.value);
}

// Which operations of unknown outcome have taken effect: a bit for each.
class Taken {
 public:
  // One that has not taken effect. Returns its number.
  std::size_t add() {
    if (size_ % 64 == 0) words_.push_back(0);
    return size_++;
  }
  void flip(std::size_t number) { words_[number / 64] ^= std::uint64_t{1} << number % 64; }
  bool is_part_of(const Taken& other) const {
    return std::ranges::equal(words_, other.words_, [](std::uint64_t one, std::uint64_t whole) {
      return (one & ~whole) == 0;
    });
  }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

// States that a search need not enter again. Where fewer operations of unknown outcome have taken
// effect, more is possible later: so a state with more of them, and otherwise the same, is no
// better.
class Visited {
 public:
  // `known`: the operations with an answer that have taken effect, and the values of the keys.
  // False if that state was visited, or a better one.
  bool insert(const Hash& known, const Taken& unknown) {
    const auto [begin, end] = states_.equal_range(known);
    for (auto at = begin; at != end; ++at) {
      ++comparisons_;
      if (at->second.is_part_of(unknown)) return false;
    }
    states_.emplace(known, unknown);
    return true;
  }
  // How many states were visited; comparing many of them counts too.
  std::uint64_t effort() const { return states_.size() + comparisons_ / kComparisons; }

 private:
  struct LowBits {
    std::size_t operator()(const Hash& hash) const { return hash.low; }
  };
  static constexpr std::uint64_t kComparisons = 64;  // so many take as long as a state
  std::unordered_multimap<Hash, Taken, LowBits> states_;
  std::uint64_t comparisons_ = 0;
};

}  // namespace strata::checker
