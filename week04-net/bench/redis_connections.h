// Redis as a peer to measure against: many connections to a redis-server, driven by the same thread
// and the same code as those to ours, so that what the load generator costs, and what it calls a
// latency, is the same on both sides. Speaks RESP2 (redis.io, "Redis serialization protocol").
#pragma once

#include <memory>

#include "net/endpoint.h"
#include "store/async_store.h"
#include "store/store.h"

namespace strata::net {

// Connects all of them before it returns.
Result<std::unique_ptr<AsyncStore>> connect_to_redis(const Endpoint& endpoint,
                                                     std::size_t connections);

// Stands for the server where a Store is asked for: knows nothing, and says so.
std::unique_ptr<Store> stand_in_for_redis();

}  // namespace strata::net
