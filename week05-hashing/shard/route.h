// Which server to ask next about some keys. The map says who may have them; who has them is known
// only by those servers. So a server that has them not, and says so, is no surprise: the next one
// is asked.
//
// A server that is asked in this way answers or refuses; it never passes the request on. So a
// request is passed on once, however wrong the maps are, and cannot go in a circle.
//
// Pure. Thread-safety: none; one owner.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "base/result.h"
#include "shard/map_view.h"

namespace strata::shard {

class Route {
 public:
  // Errors: kInvalidArgument if the keys belong to several servers. Requires: there are points.
  static Result<Route> to(const MapView& view, const std::vector<Point>& points);

  // Whom to ask. nullopt: all who may have the keys have refused; they may be changing hands just
  // now, so wait a little, and begin again with the newest map.
  std::optional<ServerId> next() const;
  // `by` does not have the keys, and believes that `owner` has them.
  void refused(ServerId by, std::optional<ServerId> owner);

 private:
  explicit Route(std::vector<ServerId> candidates) : candidates_(std::move(candidates)) {}

  std::vector<ServerId> candidates_;  // the next first
  std::set<ServerId> refused_;
};

}  // namespace strata::shard
