// What a store does with its log for a group of writes.
#pragma once

#include <span>

#include "wal/entry.h"
#include "wal/log.h"

namespace strata::wal {

// Appends one record for each batch, in order. Reserves room for all of them first, so that a full
// disk refuses the whole group. Not durable until log.sync() returns ok. Errors: as Log::reserve()
// and Log::append().
Result<void> append_batches(Log& log, std::span<const WriteBatch* const> batches,
                            Timestamp timestamp);

}  // namespace strata::wal
