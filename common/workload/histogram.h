// How long operations took. It counts latencies in buckets, which are wider for larger values.
//
// As in HdrHistogram, each power of two is divided into 64 equal parts. So a percentile is at most
// 1/64 (1.6 %) above the exact one, and recording a value takes a shift and an increment. The
// largest value is kept exactly. The unit is the nanosecond.
//
// Thread-safety: none; each thread has its own, and they are merged at the end.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <functional>

namespace strata::workload {

class Histogram {
 public:
  void record(std::chrono::nanoseconds latency) {
    // A steady clock never yields less than zero.
    const auto value = static_cast<std::uint64_t>(latency.count());
    ++counts_[bucket_of(value)];
    ++total_;
    sum_ += value;
    if (value > max_) max_ = value;
  }

  void merge(const Histogram& other);

  std::uint64_t count() const { return total_; }
  std::chrono::nanoseconds max() const { return nanoseconds(max_); }
  std::chrono::nanoseconds mean() const { return nanoseconds(total_ == 0 ? 0 : sum_ / total_); }

  // The smallest value such that `percent` of all recorded values are at most as large, rounded up
  // to the end of its bucket. Zero if nothing was recorded. Requires: 0 < percent <= 100.
  std::chrono::nanoseconds percentile(double percent) const;

  // Visits every power of two, from the first to the last one that has a value.
  using Visitor = std::function<void(std::chrono::nanoseconds from, std::uint64_t count)>;
  void for_each_power_of_two(const Visitor& visit) const;

 private:
  static constexpr std::size_t kParts = 64;
  static constexpr std::size_t kBuckets = kParts * (64 - 6 + 1);

  // Each value below 2 * kParts has a bucket of its own. For larger values, the seven leading bits
  // choose the bucket.
  static std::size_t bucket_of(std::uint64_t value) {
    if (value < 2 * kParts) return value;
    const auto shift = static_cast<std::size_t>(std::bit_width(value) - 7);
    return shift * kParts + (value >> shift);
  }
  static std::uint64_t last_value_of(std::size_t bucket);
  static std::chrono::nanoseconds nanoseconds(std::uint64_t value) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(value));
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace strata::workload
