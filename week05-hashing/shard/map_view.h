// A map with its rings, for those who look up keys. Thread-safety: immutable.
#pragma once

#include <memory>
#include <vector>

#include "shard/cluster_map.h"

namespace strata::shard {

struct MapView {
  explicit MapView(ClusterMap of) : map(std::move(of)), before(ring_of(map.servers)) {
    if (map.next) after.emplace(ring_of(*map.next));
  }

  const ClusterMap map;
  const Ring before;
  std::optional<Ring> after;  // during a change

  // Who may serve a key, first those who are more likely to: while keys move, the source of its
  // move, and then the target.
  std::vector<ServerId> candidates(Point point) const {
    std::vector<ServerId> servers{before.owner(point)};
    if (after && after->owner(point) != servers[0]) servers.push_back(after->owner(point));
    return servers;
  }

  // All points, in parts that each have one owner, and who that may be.
  struct Part {
    PointSet points;
    std::vector<ServerId> candidates;
  };
  std::vector<Part> parts() const {
    std::vector<Part> all;
    PointSet moving;
    for (Transfer& move : map.moves()) {
      moving = moving | move.points;
      all.push_back({std::move(move.points), {move.from, move.to}});
    }
    for (const Server& server : map.servers) {
      PointSet points = before.owned_by(server.id) - moving;
      if (!points.empty()) all.push_back({std::move(points), {server.id}});
    }
    return all;
  }
};

}  // namespace strata::shard
