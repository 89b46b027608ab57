// Random numbers. Those from a seed are for tests and for times to wait: a test prints its seed,
// and the same seed gives the same numbers on every machine. What nobody may guess (ids, names of
// scans, nonces) comes through Entropy: from the operating system, or in a simulated world from the
// seed of that world.
#pragma once

#include <atomic>
#include <cstdint>

namespace strata::env {

// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators",
// OOPSLA '14, section 3). Not for secrets: whoever knows one number can compute all later ones.
// Thread-safety: none; one owner.
class Random {
  __extension__ using Wide = unsigned __int128;

 public:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;  // from one state to the next

  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += kStep);
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
  // A generator of its own for each label. Draws nothing from this one: so what one of them is used
  // for does not change what the others give.
  Random split(std::uint64_t label) const {
    return Random(Random(state_ ^ Random(label).next()).next());
  }

  // What the standard library asks of a UniformRandomBitGenerator.
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()() { return next(); }

 private:
  std::uint64_t state_;
};

// Thread-safety: all forms may be used by many threads.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual std::uint64_t bits() = 0;  // 64 random bits
  std::uint64_t nonzero_bits();
};

// The operating system's. Nobody can compute one of these numbers from others. One object for the
// whole process.
Entropy& system_entropy();

// The numbers of a seed, for a world in which nobody has secrets.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() override { return Random(state_.fetch_add(Random::kStep)).next(); }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace strata::env
