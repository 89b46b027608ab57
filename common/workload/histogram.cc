#include "workload/histogram.h"

#include <algorithm>
#include <cmath>

namespace strata::workload {

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::last_value_of(std::size_t bucket) {
  if (bucket < 2 * kParts) return bucket;
  const std::size_t shift = bucket / kParts - 1;
  const std::uint64_t leading = bucket % kParts + kParts;
  return ((leading + 1) << shift) - 1;
}

std::chrono::nanoseconds Histogram::percentile(double percent) const {
  const auto wanted =
      static_cast<std::uint64_t>(std::ceil(static_cast<double>(total_) * percent / 100.0));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0) return nanoseconds(std::min(last_value_of(i), max_));
  }
  return nanoseconds(max_);
}

void Histogram::for_each_power_of_two(const Visitor& visit) const {
  std::array<std::uint64_t, 65> powers{};
  for (std::size_t i = 0; i < kBuckets; ++i)
    powers[static_cast<std::size_t>(std::bit_width(last_value_of(i)))] += counts_[i];
  const auto holds = [](std::uint64_t count) { return count > 0; };
  const auto first = std::ranges::find_if(powers, holds) - powers.begin();
  const auto end = static_cast<std::size_t>(std::bit_width(max_)) + 1;
  if (total_ == 0) return;
  for (auto i = static_cast<std::size_t>(first); i < end; ++i)
    visit(nanoseconds(i == 0 ? 0 : std::uint64_t{1} << (i - 1)), powers[i]);
}

}  // namespace strata::workload
