// Which key comes next: the skewed choices of YCSB.
//
// Zipfian: item i (from 0) is drawn in proportion to 1 / (i+1)^theta. The generator is
// the one of Gray et al., "Quickly Generating Billion-Record Synthetic Databases",
// SIGMOD '94, section 3.2, as YCSB uses it (Cooper et al., "Benchmarking Cloud Serving
// Systems with YCSB", SoCC '10, section 4.1), with YCSB's theta of 0.99.
//
// Thread-safety: a draw changes only the Random that it is given and, for Latest, the
// distribution; so each thread has its own.
#pragma once

#include <cstdint>

#include "env/random.h"

namespace strata::workload {

inline constexpr double kYcsbTheta = 0.99;

// The sum of 1 / i^theta for i from 1 to n: a thousand terms exactly, the rest by
// Euler and Maclaurin's formula, which is right to twelve digits there.
// Requires: 0 < theta < 1.
double zeta(std::uint64_t n, double theta);

class Zipfian {
 public:
  // Requires: items > 0, 0 < theta < 1.
  explicit Zipfian(std::uint64_t items, double theta = kYcsbTheta);

  // In [0, items()). The lower, the likelier.
  std::uint64_t next(env::Random& random) const;
  std::uint64_t items() const { return items_; }

 private:
  std::uint64_t items_;
  double theta_;
  double zeta_n_;
  double alpha_;
  double eta_;
};

// Zipfian with the popular items strewn over the whole range instead of at its start.
// As YCSB does it: a draw from ten thousand million items, hashed, modulo the items; so
// how skewed it is does not depend on how many there are.
class ScrambledZipfian {
 public:
  explicit ScrambledZipfian(std::uint64_t items) : items_(items), ranks_(kRanks) {}

  // In [0, items).
  std::uint64_t next(env::Random& random) const;

 private:
  static constexpr std::uint64_t kRanks = 10'000'000'000;

  std::uint64_t items_;
  Zipfian ranks_;
};

// The newest items are the most popular: the last one minus a Zipfian draw.
class Latest {
 public:
  explicit Latest(std::uint64_t items) : ages_(items) {}

  // In [0, items). Requires: items > 0. `items` may grow from call to call.
  std::uint64_t next(env::Random& random, std::uint64_t items);

 private:
  Zipfian ages_;
};

// FNV-1a over the eight bytes of `value`, lowest first: YCSB's hash.
std::uint64_t fnv64(std::uint64_t value);

}  // namespace strata::workload
