// Messages about a part of the points. Pure functions.
#pragma once

#include "hashing/point_range.h"
#include "net/strata.pb.h"
#include "shard/shard.pb.h"

namespace strata::shard {

template <class Message>
void add_points(const hashing::PointSet& points, Message& message) {
  for (const hashing::PointRange& range : points.ranges()) {
    proto::PointRange& out = *message.add_points();
    out.set_first(range.first);
    out.set_last(range.last);
  }
}

// Ranges that end before they begin are left out.
template <class Message>
hashing::PointSet points_in(const Message& message) {
  std::vector<hashing::PointRange> ranges;
  for (const proto::PointRange& range : message.points())
    if (range.first() <= range.last()) ranges.push_back({range.first(), range.last()});
  return hashing::PointSet(std::move(ranges));
}

inline proto::ScanPart scan_part(const net::proto::Scan& scan, const hashing::PointSet& points) {
  proto::ScanPart message;
  message.set_scan(scan.SerializeAsString());
  add_points(points, message);
  return message;
}

}  // namespace strata::shard
