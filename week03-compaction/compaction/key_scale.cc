#include "compaction/key_scale.h"

#include <algorithm>
#include <cmath>

namespace strata::compaction {
namespace {

constexpr std::size_t kDigits = 6;  // a double can hold so many digits, whatever the base

std::string_view digits_behind(std::string_view key, std::size_t common) {
  return key.substr(std::min(common, key.size())).substr(0, kDigits);
}

}  // namespace

KeyScale::KeyScale(std::vector<std::string_view> keys) {
  std::ranges::sort(keys);
  smallest_ = keys.front();
  largest_ = keys.back();
  const auto apart = std::ranges::mismatch(smallest_, largest_).in1;
  common_ = static_cast<std::size_t>(apart - smallest_.begin());
  for (const std::string_view key : keys) {
    for (const char digit : digits_behind(key, common_)) {
      least_ = std::min(least_, static_cast<unsigned char>(digit));
      most_ = std::max(most_, static_cast<unsigned char>(digit));
    }
  }
}

// After the end of a key its digits are 0, which is less than the digit of any byte.
double KeyScale::digits_of(std::string_view key) const {
  const double base = most_ - least_ + 2;
  double place = 0;
  double worth = 1;
  for (const char digit : digits_behind(key, common_)) {
    worth /= base;
    place += worth * (static_cast<unsigned char>(digit) - least_ + 1);
  }
  return place;
}

std::size_t KeyScale::column(std::string_view key, std::size_t columns) const {
  const double first = digits_of(smallest_);
  const double range = digits_of(largest_) - first;
  if (range <= 0) return 0;
  const double share = std::clamp((digits_of(key) - first) / range, 0.0, 1.0);
  return static_cast<std::size_t>(std::lround(share * static_cast<double>(columns - 1)));
}

}  // namespace strata::compaction
