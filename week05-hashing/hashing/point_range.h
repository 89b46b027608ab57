// Parts of the circle. A part that reaches over the last point is two ranges.
//
// Thread-safety: plain data.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "hashing/point.h"

namespace strata::hashing {

inline constexpr Point kLastPoint = std::numeric_limits<Point>::max();

// The points from `first` to `last`, both included. Requires: first <= last.
struct PointRange {
  Point first = 0;
  Point last = kLastPoint;

  bool contains(Point point) const { return first <= point && point <= last; }

  friend bool operator==(const PointRange&, const PointRange&) = default;
};

// The share of the circle, for people: "12.5 %" is 0.125.
double share_of(const PointRange& range);

// A set of points.
//
// Invariant: its ranges ascend, and between two of them there is a point that is in neither.
class PointSet {
 public:
  PointSet() = default;
  // The ranges may overlap, and stand in any order.
  explicit PointSet(std::vector<PointRange> ranges);
  static PointSet all() { return PointSet({PointRange{}}); }

  bool contains(Point point) const;
  bool empty() const { return ranges_.empty(); }
  bool intersects(const PointSet& other) const { return !(*this & other).empty(); }
  bool includes(const PointSet& other) const { return (other - *this).empty(); }
  double share() const;
  const std::vector<PointRange>& ranges() const { return ranges_; }
  void check_invariants() const;

  friend PointSet operator|(const PointSet& a, const PointSet& b);  // in one of them
  friend PointSet operator&(const PointSet& a, const PointSet& b);  // in both
  friend PointSet operator-(const PointSet& a, const PointSet& b);  // in a and not in b
  friend bool operator==(const PointSet&, const PointSet&) = default;

 private:
  std::vector<PointRange> ranges_;
};

}  // namespace strata::hashing
