// Counts the keys of the whole cluster: asks each server for those on its points, and adds up.
// Keys that are written meanwhile may be counted or not.
//
// Thread-safety: belongs to the executor's thread.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "env/executor.h"
#include "shard/merged_scans.h"

namespace strata::shard {

// Calls `counted` once, on the executor's thread, or destroys it when the executor ends. Lifetime:
// `executor` outlives the count, and `send` can be called until the executor ends.
void count_keys(std::shared_ptr<const MapView> view, env::Executor& executor, Send send,
                env::TimePoint deadline,
                std::move_only_function<void(Result<std::uint64_t>)> counted);

}  // namespace strata::shard
