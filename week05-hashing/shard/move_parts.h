// What the moves of a server stand on. Thread-safety: plain references.
#pragma once

#include "env/executor.h"
#include "env/random.h"
#include "net/store_service.h"
#include "shard/peers.h"
#include "shard/records.h"

namespace strata::shard {

struct MoveLimits {
  std::uint64_t bytes_a_second = std::uint64_t{64} << 20;  // that a move takes from its source
  // An answer of the source ends with the entry that reaches so many bytes, after looking at so
  // many keys, or with so many changes.
  std::size_t page_bytes = std::size_t{256} << 10;
  std::size_t page_keys = 20'000;
  std::size_t page_changes = 1000;
};

struct MoveParts {
  ServerId self;
  Store& store;
  net::StoreService& service;  // on `store`
  env::Executor& executor;
  Peers& peers;
  env::Entropy& entropy;
  MoveLimits limits = {};
};

}  // namespace strata::shard
