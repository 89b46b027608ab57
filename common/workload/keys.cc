#include "workload/keys.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace strata::workload {

void KeyWriter::write_digits(std::uint64_t index) {
  char* const first = buffer_.data();
  char* at = first + buffer_.size() - 1;
  while (index > 0 && at > first) {
    *--at = static_cast<char>('0' + index % 10);
    index /= 10;
  }
  std::fill(first, at, '0');
}

Shuffle::Shuffle(std::uint64_t count, std::uint64_t seed)
    : count_(count),
      seed_(seed),
      half_bits_(static_cast<unsigned>(std::bit_width(count) + 1) / 2) {}

std::uint64_t Shuffle::permute(std::uint64_t value) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_;
  std::uint64_t right = value & mask;
  for (std::uint64_t round = 1; round <= 4; ++round) {
    std::uint64_t mixed = (right + seed_ + round) * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 32;
    mixed *= 0xd6e8feb86659fd93;
    mixed ^= mixed >> 29;
    left = std::exchange(right, left ^ (mixed & mask));
  }
  return (left << half_bits_) | right;
}

void KeySpace::acknowledge(std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  beyond_.push(index);
  std::uint64_t size = size_.load(std::memory_order_relaxed);
  while (!beyond_.empty() && beyond_.top() == size) {
    beyond_.pop();
    ++size;
  }
  // Release: a thread that sees the new size also sees that all keys below it were written.
  size_.store(size, std::memory_order_release);
}

}  // namespace strata::workload
