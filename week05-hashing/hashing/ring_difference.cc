#include "hashing/ring_difference.h"

#include <algorithm>
#include <map>
#include <utility>

namespace strata::hashing {

std::vector<Handover> difference(const Ring& before, const Ring& after) {
  std::vector<Handover> changes;
  const std::vector<OwnedRange> old_ranges = before.ranges();
  const std::vector<OwnedRange> new_ranges = after.ranges();
  // TASK 5.3: walk both lists together. Each step looks at the part that an old and a new range
  // share, and goes on in the list whose range ends first, or in both.
  std::size_t in_old = 0;
  std::size_t in_new = 0;
  while (in_old < old_ranges.size() && in_new < new_ranges.size()) {
    const auto& [old_range, from] = old_ranges[in_old];
    const auto& [new_range, to] = new_ranges[in_new];
    const PointRange common{std::max(old_range.first, new_range.first),
                            std::min(old_range.last, new_range.last)};
    if (from != to) {
      const bool continues = !changes.empty() && changes.back().from == from &&
                             changes.back().to == to &&
                             changes.back().range.last + 1 == common.first;
      if (continues)
        changes.back().range.last = common.last;
      else
        changes.push_back({common, from, to});
    }
    if (old_range.last == common.last) ++in_old;
    if (new_range.last == common.last) ++in_new;
  }
  // END TASK 5.3
  return changes;
}

std::vector<Transfer> transfers(const Ring& before, const Ring& after) {
  std::map<std::pair<ServerId, ServerId>, std::vector<PointRange>> pairs;
  for (const Handover& change : difference(before, after))
    pairs[{change.from, change.to}].push_back(change.range);
  std::vector<Transfer> all;
  for (auto& [pair, ranges] : pairs)
    all.push_back({pair.first, pair.second, PointSet(std::move(ranges))});
  return all;
}

}  // namespace strata::hashing
