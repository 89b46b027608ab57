#include "hashing/point_range.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace strata::hashing {

double share_of(const PointRange& range) {
  return std::ldexp(static_cast<double>(range.last - range.first) + 1, -64);
}

PointSet::PointSet(std::vector<PointRange> ranges) {
  std::ranges::sort(ranges, {}, &PointRange::first);
  for (const PointRange& range : ranges) {
    const bool joins = !ranges_.empty() && (ranges_.back().last == kLastPoint ||
                                            range.first <= ranges_.back().last + 1);
    if (joins)
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    else
      ranges_.push_back(range);
  }
}

bool PointSet::contains(Point point) const {
  const auto at = std::ranges::lower_bound(ranges_, point, {}, &PointRange::last);
  return at != ranges_.end() && at->first <= point;
}

double PointSet::share() const {
  double sum = 0;
  for (const PointRange& range : ranges_) sum += share_of(range);
  return sum;
}

void PointSet::check_invariants() const {
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    STRATA_ASSERT(ranges_[i].first <= ranges_[i].last);
    STRATA_ASSERT(i == 0 ||
                  (ranges_[i - 1].last < kLastPoint && ranges_[i - 1].last + 1 < ranges_[i].first));
  }
}

PointSet operator|(const PointSet& a, const PointSet& b) {
  std::vector<PointRange> both = a.ranges_;
  both.insert(both.end(), b.ranges_.begin(), b.ranges_.end());
  return PointSet(std::move(both));
}

PointSet operator&(const PointSet& a, const PointSet& b) {
  std::vector<PointRange> common;
  auto in_a = a.ranges_.begin();
  auto in_b = b.ranges_.begin();
  while (in_a != a.ranges_.end() && in_b != b.ranges_.end()) {
    const Point first = std::max(in_a->first, in_b->first);
    const Point last = std::min(in_a->last, in_b->last);
    if (first <= last) common.push_back({first, last});
    if (in_a->last < in_b->last)
      ++in_a;
    else
      ++in_b;
  }
  return PointSet(std::move(common));
}

PointSet operator-(const PointSet& a, const PointSet& b) {
  std::vector<PointRange> others;  // what is not in b
  Point next = 0;
  for (const PointRange& range : b.ranges_) {
    if (next < range.first) others.push_back({next, range.first - 1});
    if (range.last == kLastPoint) return a & PointSet(std::move(others));
    next = range.last + 1;
  }
  others.push_back({next, kLastPoint});
  return a & PointSet(std::move(others));
}

}  // namespace strata::hashing
