// Places on the circle: 2^64 points, and behind the last one the first comes again. A key has a
// place, and each server has many.
//
// Pure functions. Thread-safety: all may be called from many threads.
#pragma once

#include <cstdint>
#include <string_view>

#include "env/transport.h"

namespace strata::hashing {

using ServerId = env::NodeId;  // random, and on the server's disk: no two servers have the same
using Point = std::uint64_t;

// The first 8 bytes of the SHA-256 of the key, the highest first. SHA-256 is more than it takes to
// spread keys evenly; but nobody can choose keys that all come to one server.
Point point_of(std::string_view key);

// Where the virtual node number `number` of a server stands: the same of the server's id and the
// number, 8 bytes each, the lowest byte first. Two virtual nodes may stand on the same point.
Point point_of(ServerId server, std::uint64_t number);

}  // namespace strata::hashing
