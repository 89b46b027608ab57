// Redis, to measure against: many connections to a redis-server. The same thread and the same code
// as for our own server drive them, so that the cost of the load generator and the meaning of a
// latency are the same on both sides. Speaks RESP2 (redis.io, "Redis serialization protocol").
#pragma once

#include <memory>

#include "net/endpoint.h"
#include "store/async_store.h"
#include "store/store.h"

namespace strata::net {

// Blocks until all are connected.
Result<std::unique_ptr<AsyncStore>> connect_to_redis(const Endpoint& endpoint,
                                                     std::size_t connections);

// A Store to pass where one is required. Its reads and writes return kUnsupported.
std::unique_ptr<Store> stand_in_for_redis();

}  // namespace strata::net
