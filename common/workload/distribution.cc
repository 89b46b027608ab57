#include "workload/distribution.h"

#include <algorithm>
#include <cmath>

namespace strata::workload {
namespace {

constexpr std::uint64_t kExactTerms = 1000;

double sum_of_terms(std::uint64_t n, double theta) {
  double sum = 0;
  for (std::uint64_t i = n; i > 0; --i) sum += std::pow(static_cast<double>(i), -theta);
  return sum;
}

// Approximates the sum of the terms from m + 1 to n.
double tail(double m, double n, double theta) {
  const double integral = (std::pow(n, 1 - theta) - std::pow(m, 1 - theta)) / (1 - theta);
  const double ends = (std::pow(n, -theta) - std::pow(m, -theta)) / 2;
  const double slopes = theta * (std::pow(m, -theta - 1) - std::pow(n, -theta - 1)) / 12;
  return integral + ends + slopes;
}

}  // namespace

double zeta(std::uint64_t n, double theta) {
  if (n <= kExactTerms) return sum_of_terms(n, theta);
  // Latest calls this again whenever its range grows; the first terms are the same each time.
  static const double ycsb_head = sum_of_terms(kExactTerms, kYcsbTheta);
  const double head = theta == kYcsbTheta ? ycsb_head : sum_of_terms(kExactTerms, theta);
  return head + tail(static_cast<double>(kExactTerms), static_cast<double>(n), theta);
}

Zipfian::Zipfian(std::uint64_t items, double theta)
    : items_(items), theta_(theta), zeta_n_(zeta(items, theta)), alpha_(1 / (1 - theta)) {
  const double zeta_2 = 1 + std::pow(0.5, theta);
  eta_ = (1 - std::pow(2.0 / static_cast<double>(items), 1 - theta)) / (1 - zeta_2 / zeta_n_);
}

std::uint64_t Zipfian::next(env::Random& random) const {
  const double u = random.fraction();
  const double scaled = u * zeta_n_;
  if (scaled < 1 || items_ == 1) return 0;
  if (scaled < 1 + std::pow(0.5, theta_) || items_ == 2) return 1;
  const double rank = static_cast<double>(items_) * std::pow(eta_ * u - eta_ + 1, alpha_);
  return std::min(static_cast<std::uint64_t>(rank), items_ - 1);
}

std::uint64_t ScrambledZipfian::next(env::Random& random) const {
  return fnv64(ranks_.next(random)) % items_;
}

std::uint64_t Latest::next(env::Random& random, std::uint64_t items) {
  if (items != ages_.items()) ages_ = Zipfian(items);
  return items - 1 - ages_.next(random);
}

std::uint64_t fnv64(std::uint64_t value) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (int i = 0; i < 8; ++i) {
    hash ^= value & 0xff;
    hash *= 0x100000001b3;
    value >>= 8;
  }
  return hash;
}

}  // namespace strata::workload
