// All schemes behind one function, so that an experiment runs the same code for each of them.
//
// Thread-safety: make_scheme() and scheme_names() are pure functions. A Scheme: none; one owner.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "hashing/ring.h"
#include "ring_sim/settings.h"

namespace strata::hashing {

struct Scheme {
  // The server of the next key. Only the scheme "bounded" remembers the keys before it.
  std::move_only_function<ServerId(Point)> place;
  std::size_t memory_bytes = 0;  // that a lookup may read
};

// modulo, jump, rendezvous, maglev, ring, bounded.
std::span<const std::string_view> scheme_names();

// Takes the number of virtual nodes, the number of keys and the slack from the settings.
// Requires: `name` is one of scheme_names(); there is at least one member.
Scheme make_scheme(std::string_view name, std::vector<Member> members, const Settings& settings);

}  // namespace strata::hashing
