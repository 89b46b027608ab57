// Random numbers. Those from a seed are for tests and for times to wait: a test prints its seed,
// and the same seed gives the same numbers on every machine. What nobody may guess comes from the
// operating system.
#pragma once

#include <cstdint>

namespace strata::env {

// 64 random bits from the operating system. Nobody can compute one of these numbers from others.
std::uint64_t entropy();

// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators",
// OOPSLA '14, section 3). Not for secrets: whoever knows one number can compute all later ones.
// Thread-safety: none; one owner.
class Random {
  __extension__ using Wide = unsigned __int128;

 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // A generator whose seed comes from the operating system.
  static Random from_entropy() { return Random(entropy()); }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In [0, bound). Requires: bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
  // In [0, 1).
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  // What the standard library asks of a UniformRandomBitGenerator.
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()() { return next(); }

 private:
  std::uint64_t state_;
};

}  // namespace strata::env
