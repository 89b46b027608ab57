// What the moves of a server stand on. Thread-safety: plain references.
#pragma once

#include "env/executor.h"
#include "env/random.h"
#include "net/store_service.h"
#include "shard/peers.h"
#include "shard/records.h"

namespace strata::shard {

struct MoveParts {
  ServerId self;
  Store& store;
  net::StoreService& service;  // on `store`
  env::Executor& executor;
  Peers& peers;
  env::Entropy& entropy;
  std::uint64_t bytes_a_second = std::uint64_t{64} << 20;  // that a move takes from its source
};

}  // namespace strata::shard
