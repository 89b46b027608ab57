// The ring: which server has which keys.
//
// Each server stands on many points of the circle: its virtual nodes. A key belongs to the first
// virtual node at its own point or behind it. So a server that joins takes a little from all
// others, and one that leaves gives a little to all others; keys never move between two servers
// that stay. (Karger et al., "Consistent Hashing and Random Trees", STOC 1997. Virtual nodes:
// DeCandia et al., "Dynamo", SOSP 2007, section 4.2.)
//
// A ring depends on nothing but the set of its members: not on their order, and not on what it was
// before. Where virtual nodes of several servers stand on one point, the one with the lowest id is
// the first.
//
// Thread-safety: immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hashing/point_range.h"

namespace strata::hashing {

inline constexpr std::uint32_t kVirtualNodes = 150;  // of a server with the weight 1

struct Member {
  ServerId id;
  std::uint32_t weight = 1;  // at least 1: it has so many times as many virtual nodes
  std::string zone = {};     // what fails together, such as a rack or a data centre

  friend bool operator==(const Member&, const Member&) = default;
};

enum class Spread {
  kServers,  // over different servers
  kZones,    // ... of different zones, too
};

// A range and the server that owns it.
struct OwnedRange {
  PointRange range;
  ServerId owner;

  friend bool operator==(const OwnedRange&, const OwnedRange&) = default;
};

class Ring {
 public:
  // Requires: no two members have the same id; every weight is at least 1.
  explicit Ring(std::vector<Member> members, std::uint32_t virtual_nodes = kVirtualNodes);

  // Sorted by id.
  const std::vector<Member>& members() const { return members_; }
  bool empty() const { return members_.empty(); }

  // Requires: it is not empty.
  ServerId owner(Point point) const { return members_[owners_[first_at(point)]].id; }

  // The owner, and then the servers of the virtual nodes behind it on the circle: each server once,
  // and with kZones each zone once. `count` of them, or as many as there are. Dynamo calls this a
  // preference list: where the copies of a key are.
  std::vector<ServerId> preference_list(Point point, std::size_t count,
                                        Spread spread = Spread::kServers) const;

  // All points and their owners, ascending; neighbours have different owners.
  std::vector<OwnedRange> ranges() const;
  // What a server owns. Empty if it is no member.
  PointSet owned_by(ServerId server) const;

  // The bytes that a search may read: its arrays.
  std::size_t memory_bytes() const;

  // The circle has an owner everywhere, and each member has its virtual nodes.
  void check_invariants() const;

 private:
  void fill_starts();
  std::size_t first_at(Point point) const;

  std::vector<Member> members_;
  // The virtual nodes, in the order of their points. Two arrays, so that a search loads points
  // only.
  std::vector<Point> points_;
  std::vector<std::uint32_t> owners_;  // places in members_
  // The circle cut into equal parts, at least as many as there are virtual nodes. The part of a
  // point is its highest bits: point >> shift_. starts_[part] is the place of the first virtual
  // node that stands in this part or behind it; points_.size() if there is none.
  int shift_ = 0;
  std::vector<std::uint32_t> starts_;
};

}  // namespace strata::hashing
