#include "shard/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace strata::shard {
namespace {

// The one owner of all points; nullopt: there are several.
std::optional<ServerId> owner_of_all(const Ring& ring, const std::vector<Point>& points) {
  const ServerId owner = ring.owner(points.front());
  const bool same =
      std::ranges::all_of(points, [&](Point point) { return ring.owner(point) == owner; });
  return same ? std::optional(owner) : std::nullopt;
}

}  // namespace

Result<Route> Route::to(const MapView& view, const std::vector<Point>& points) {
  STRATA_ASSERT(!points.empty());
  // TASK 5.4: the candidates are the owner of all points before the change, and the one after it,
  // if a change is under way; each once, and only where one server owns all points. Without a
  // candidate the keys belong to several servers.
  std::vector<ServerId> candidates;
  if (const auto owner = owner_of_all(view.before, points)) candidates.push_back(*owner);
  if (view.after)
    if (const auto owner = owner_of_all(*view.after, points);
        owner && std::ranges::find(candidates, *owner) == candidates.end())
      candidates.push_back(*owner);
  if (!candidates.empty()) return Route(std::move(candidates));
  // END TASK 5.4
  return invalid_argument(
      "the keys of this write belong to several servers, which cannot do it as one: write them "
      "apart, or mark the batch as not atomic");
}

std::optional<ServerId> Route::next() const {
  // TASK 5.4: the first candidate that has not refused.
  const auto at = std::ranges::find_if(candidates_,
                                       [&](ServerId server) { return !refused_.contains(server); });
  return at == candidates_.end() ? std::nullopt : std::optional(*at);
  // END TASK 5.4
}

void Route::refused(ServerId by, std::optional<ServerId> owner) {
  // TASK 5.4: `by` is not asked again. `owner` comes next, unless it has refused.
  refused_.insert(by);
  if (!owner) return;
  std::erase(candidates_, *owner);
  candidates_.insert(candidates_.begin(), *owner);
  // END TASK 5.4
}

}  // namespace strata::shard
