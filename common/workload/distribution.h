// Which key comes next: the skewed distributions of YCSB.
//
// Zipfian: item i (from 0) is drawn in proportion to 1 / (i+1)^theta. The generator is
// the one of Gray et al., "Quickly Generating Billion-Record Synthetic Databases",
// SIGMOD '94, section 3.2, as YCSB uses it (Cooper et al., "Benchmarking Cloud Serving
// Systems with YCSB", SoCC '10, section 4.1), with YCSB's theta of 0.99.
//
// Thread-safety: none; each thread has its own. (A draw changes the Random that it is given, and
// Latest also changes itself.)
#pragma once

#include <cstdint>

#include "env/random.h"

namespace strata::workload {

inline constexpr double kYcsbTheta = 0.99;

// The sum of 1 / i^theta for i from 1 to n. The first thousand terms are added; the rest comes from
// the Euler-Maclaurin formula, which has twelve correct digits there.
// Requires: 0 < theta < 1.
double zeta(std::uint64_t n, double theta);

class Zipfian {
 public:
  // Requires: items > 0, 0 < theta < 1.
  explicit Zipfian(std::uint64_t items, double theta = kYcsbTheta);

  // In [0, items()). Lower numbers are more likely.
  std::uint64_t next(env::Random& random) const;
  std::uint64_t items() const { return items_; }

 private:
  std::uint64_t items_;
  double theta_;
  double zeta_n_;
  double alpha_;
  double eta_;
};

// Zipfian, but the popular items are spread over the whole range. It works as in YCSB: draw from
// ten thousand million items, hash the result, and take it modulo the number of items. So the skew
// does not depend on the number of items.
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

// The newest items are the most popular: the index of the last item minus a Zipfian draw.
class Latest {
 public:
  explicit Latest(std::uint64_t items) : ages_(items) {}

  // In [0, items). Requires: items > 0. `items` may be larger in each call.
  std::uint64_t next(env::Random& random, std::uint64_t items);

 private:
  Zipfian ages_;
};

// FNV-1a over the eight bytes of `value`, lowest byte first. This is YCSB's hash.
std::uint64_t fnv64(std::uint64_t value);

}  // namespace strata::workload
