// What a shell on a cluster can do besides what all shells can: show who has which keys, and change
// the cluster.
#pragma once

#include <vector>

#include "shard/sharded_store.h"
#include "shell/verb.h"

namespace strata::shard {

// RING, OWNER, WHO, STATUS, MOVES, LEAVE, WEIGHT, KEEPER. Lifetime: `store` outlives them.
std::vector<shell::Verb> cluster_verbs(ShardedStore& store);

}  // namespace strata::shard
