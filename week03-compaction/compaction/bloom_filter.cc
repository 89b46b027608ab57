#include "compaction/bloom_filter.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace strata::compaction {
namespace {

constexpr std::size_t kLineSize = 64;
constexpr std::size_t kLineBits = 8 * kLineSize;
constexpr std::size_t kMaxProbes = 16;

// Computes where the bits of a key are: its line, and one after the other the bits in that line.
class Probes {
 public:
  explicit Probes(std::uint64_t key_hash)
      : upper_(key_hash >> 32), state_(static_cast<std::uint32_t>(key_hash)) {}

  // The upper half of the hash, scaled from [0, 2^32) to [0, lines).
  std::size_t line(std::size_t lines) const { return (upper_ * lines) >> 32; }

  // The next bit within the line, from the lower half of the hash. A multiplication spreads each
  // bit to the bits above it, so the upper nine bits are a good number in [0, 512).
  std::size_t next() {
    static_assert(kLineBits == 1 << 9);
    const std::size_t bit = state_ >> (32 - 9);
    state_ *= 0x9e3779b9;  // 2^32 divided by the golden ratio
    return bit;
  }

 private:
  const std::uint64_t upper_;
  std::uint32_t state_;
};

// If all lines were equally full, ln 2 = 0.69 probes for each bit of a key would be best: then half
// of the bits are set. Lines are not equally full, so a little less is better.
std::size_t best_probes(std::size_t bits_per_key) {
  return std::clamp<std::size_t>(bits_per_key * 3 / 5, 1, kMaxProbes);
}

}  // namespace

BloomFilter::BloomFilter(std::size_t bits_per_key)
    : bits_per_key_(bits_per_key), probes_(best_probes(bits_per_key)) {
  STRATA_ASSERT(bits_per_key > 0);
}

std::string BloomFilter::build(std::span<const std::uint64_t> key_hashes) const {
  // TASK 3.1: begin with lines of zeros, and one byte after them: the number of probes, probes_.
  // There are as few lines as give bits_per_key_ bits to each key, but at least one. Then set the
  // probes_ bits of each key in the key's line. Bit b of a line is bit b % 8 of its byte b / 8.
  const std::size_t bits = key_hashes.size() * bits_per_key_;
  const std::size_t lines = std::max<std::size_t>(1, (bits + kLineBits - 1) / kLineBits);
  std::string filter(lines * kLineSize + 1, '\0');
  for (const std::uint64_t hash : key_hashes) {
    Probes probes(hash);
    char* const line = filter.data() + probes.line(lines) * kLineSize;
    for (std::size_t i = 0; i < probes_; ++i) {
      const std::size_t bit = probes.next();
      line[bit / 8] = static_cast<char>(line[bit / 8] | (1 << (bit % 8)));
    }
  }
  filter.back() = static_cast<char>(probes_);
  return filter;
  // END TASK 3.1
}

bool BloomFilter::may_contain(std::string_view filter, std::uint64_t key_hash) const {
  // TASK 3.1: look for the bits that build() set. The filter may have been built with other
  // bits_per_key, so take the number of probes from its last byte. Return true for bytes that
  // build() cannot have made: a size that is not lines * kLineSize + 1 with at least one line, or a
  // number of probes that is not 1 to kMaxProbes.
  if (filter.size() <= kLineSize || filter.size() % kLineSize != 1) return true;
  const auto count = static_cast<unsigned char>(filter.back());
  if (count == 0 || count > kMaxProbes) return true;
  Probes probes(key_hash);
  const char* const line = filter.data() + probes.line(filter.size() / kLineSize) * kLineSize;
  // Looks at all bits, even after one that is not set. That is faster than a branch for each bit,
  // which the processor cannot predict.
  unsigned found = 1;
  for (unsigned i = 0; i < count; ++i) {
    const std::size_t bit = probes.next();
    found &= static_cast<unsigned char>(line[bit / 8]) >> (bit % 8);
  }
  return found != 0;
  // END TASK 3.1
}

double standard_false_positive_rate(double bits_per_key, std::size_t probes) {
  const auto k = static_cast<double>(probes);
  return std::pow(1 - std::exp(-k / bits_per_key), k);
}

// The number of keys in a line has a Poisson distribution. A line with n keys is a standard filter
// of 512 bits, in which n * k bits were set at random.
double blocked_false_positive_rate(double bits_per_key, std::size_t probes) {
  const auto k = static_cast<double>(probes);
  const double mean = kLineBits / bits_per_key;
  const double farthest = mean + 20 * std::sqrt(mean) + 20;  // terms beyond it are below 1e-12
  double rate = 0;
  for (double n = 0; n < farthest; ++n) {
    const double likelihood = std::exp(n * std::log(mean) - mean - std::lgamma(n + 1));
    rate += likelihood * std::pow(1 - std::pow(1 - 1.0 / kLineBits, n * k), k);
  }
  return rate;
}

}  // namespace strata::compaction
