#include "wal/append_batches.h"

namespace strata::wal {

Result<void> append_batches(Log& log, std::span<const WriteBatch* const> batches,
                            Timestamp timestamp, Bytes& payload) {
  std::uint64_t bytes = 0;
  for (const WriteBatch* batch : batches) bytes += frame_size(batch->byte_size());
  STRATA_TRY(log.reserve(bytes));
  for (const WriteBatch* batch : batches) {
    payload.clear();
    encode_batch(*batch, timestamp, payload);
    STRATA_TRY(log.append(payload));
  }
  return {};
}

}  // namespace strata::wal
