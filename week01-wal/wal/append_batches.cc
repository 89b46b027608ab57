#include "wal/append_batches.h"

namespace strata::wal {

Result<void> append_batches(Log& log, std::span<const WriteBatch* const> batches,
                            Timestamp timestamp) {
  std::uint64_t bytes = 0;
  for (const WriteBatch* batch : batches) bytes += frame_size(batch->byte_size());
  STRATA_TRY(log.reserve(bytes));
  for (const WriteBatch* batch : batches)
    STRATA_TRY(
        log.append(batch->byte_size(), [&](Bytes& out) { encode_batch(*batch, timestamp, out); }));
  return {};
}

}  // namespace strata::wal
