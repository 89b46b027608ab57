// Which keys a server answers for at one moment, and which changes it must note.
//
// This is the one thing that decides who has a key: a server answers for a key if its ownership
// says so, whatever any map says. Each move of keys gives the source a smaller one, and the target
// a larger one, in this order (move.h).
//
// A request holds the ownership under which it was let in until it is answered. So when the last
// holder of an old ownership lets it go, no request goes on under it any more.
//
// Thread-safety: immutable. It may be released on any thread.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "shard/change_log.h"
#include "shard/cluster_map.h"

namespace strata::shard {

struct Ownership {
  // Keys that move away, and are still served.
  struct Leaving {
    PointSet points;
    std::shared_ptr<ChangeLog> changes;
  };

  std::uint64_t epoch = 0;  // of the map that it was made by
  PointSet serves = {};
  std::vector<Leaving> leaving = {};
  // Called when nobody holds it any more. Does not throw.
  std::move_only_function<void()> ended = nullptr;

  Ownership() = default;
  Ownership(const Ownership&) = delete;
  Ownership& operator=(const Ownership&) = delete;
  ~Ownership() {
    if (ended) ended();
  }
};

using Held = std::shared_ptr<const Ownership>;

}  // namespace strata::shard
