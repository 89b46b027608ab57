#include "hashing/ring.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <utility>

#include "base/assert.h"

namespace strata::hashing {

Ring::Ring(std::vector<Member> members, std::uint32_t virtual_nodes)
    : members_(std::move(members)) {
  std::ranges::sort(members_, {}, &Member::id);
  // TASK 5.1: fill points_ and owners_: for each member weight * virtual_nodes points, point_of(its
  // id, 0), point_of(its id, 1) ..., all of them in the order of the circle. Where points are
  // equal, the lower place in members_ comes first.
  std::vector<std::pair<Point, std::uint32_t>> nodes;
  for (std::uint32_t place = 0; place < members_.size(); ++place) {
    const Member& member = members_[place];
    const std::uint64_t count = std::uint64_t{member.weight} * virtual_nodes;
    for (std::uint64_t number = 0; number < count; ++number)
      nodes.emplace_back(point_of(member.id, number), place);
  }
  std::ranges::sort(nodes);
  points_.reserve(nodes.size());
  owners_.reserve(nodes.size());
  for (const auto& [point, place] : nodes) {
    points_.push_back(point);
    owners_.push_back(place);
  }
  // END TASK 5.1
  fill_starts();
}

void Ring::fill_starts() {
  const int bits = std::max(1, static_cast<int>(std::bit_width(points_.size())));
  shift_ = std::numeric_limits<Point>::digits - bits;
  starts_.resize(std::size_t{1} << bits);
  std::uint32_t place = 0;
  for (std::size_t part = 0; part < starts_.size(); ++part) {
    while (place < points_.size() && points_[place] >> shift_ < part) ++place;
    starts_[part] = place;
  }
}

// The place of the virtual node that owns `point`.
std::size_t Ring::first_at(Point point) const {
  // TASK 5.1: the first virtual node at `point` or behind it. Behind the last one the circle begins
  // again. A binary search finds it. A search that begins at starts_[point >> shift_] is faster:
  // the points are spread evenly, so it ends after a step or two.
  std::size_t place = starts_[point >> shift_];
  while (place < points_.size() && points_[place] < point) ++place;
  return place == points_.size() ? 0 : place;
  // END TASK 5.1
}

std::vector<ServerId> Ring::preference_list(Point point, std::size_t count, Spread spread) const {
  std::vector<ServerId> list;
  if (empty()) return list;
  // TASK 5.2: walk the circle once, from the owner of `point` on. Take the server of each virtual
  // node, unless the list has it already, or, with Spread::kZones, one of its zone.
  std::set<ServerId> servers;
  std::set<std::string_view> zones;
  const std::size_t start = first_at(point);
  for (std::size_t step = 0; step < points_.size() && list.size() < count; ++step) {
    const Member& member = members_[owners_[(start + step) % points_.size()]];
    if (servers.contains(member.id)) continue;
    if (spread == Spread::kZones && zones.contains(member.zone)) continue;
    servers.insert(member.id);
    zones.insert(member.zone);
    list.push_back(member.id);
  }
  // END TASK 5.2
  return list;
}

std::vector<OwnedRange> Ring::ranges() const {
  std::vector<OwnedRange> ranges;
  const auto add = [&ranges](PointRange range, ServerId owner) {
    if (!ranges.empty() && ranges.back().owner == owner)
      ranges.back().range.last = range.last;
    else
      ranges.push_back({range, owner});
  };
  Point next = 0;
  for (std::size_t place = 0; place < points_.size(); ++place) {
    if (place > 0 && points_[place] < next) continue;  // the same point as the one before
    add({next, points_[place]}, members_[owners_[place]].id);
    if (points_[place] == kLastPoint) return ranges;
    next = points_[place] + 1;
  }
  if (!points_.empty()) add({next, kLastPoint}, members_[owners_[0]].id);
  return ranges;
}

PointSet Ring::owned_by(ServerId server) const {
  std::vector<PointRange> owned;
  for (const OwnedRange& part : ranges())
    if (part.owner == server) owned.push_back(part.range);
  return PointSet(std::move(owned));
}

std::size_t Ring::memory_bytes() const {
  return members_.size() * sizeof(Member) + points_.size() * (sizeof(Point) + sizeof owners_[0]) +
         starts_.size() * sizeof starts_[0];
}

void Ring::check_invariants() const {
  STRATA_ASSERT(points_.size() == owners_.size());
  STRATA_ASSERT(std::ranges::is_sorted(points_));
  STRATA_ASSERT(std::ranges::is_sorted(members_, {}, &Member::id));
  for (std::size_t part = 0; part < starts_.size(); ++part) {
    const std::size_t place = starts_[part];
    STRATA_ASSERT(place == points_.size() || points_[place] >> shift_ >= part);
    STRATA_ASSERT(place == 0 || points_[place - 1] >> shift_ < part);
  }
  double share = 0;
  for (const OwnedRange& part : ranges()) share += share_of(part.range);
  STRATA_ASSERT(empty() || (share > 0.999 && share < 1.001));
}

}  // namespace strata::hashing
