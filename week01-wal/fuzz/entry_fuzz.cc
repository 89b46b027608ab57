// Input: any payload. The reader of entries must end with a value or an error. Encoding what it
// accepts must give the same bytes again.
#include "base/assert.h"
#include "wal/entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto payload = std::as_bytes(std::span(data, size));
  strata::wal::EntryReader reader(payload);
  strata::Bytes again;
  for (;;) {
    const auto entry = reader.next();
    if (!entry) return 0;
    if (!*entry) break;
    strata::WriteBatch batch;
    const strata::Operation& operation = (*entry)->operation;
    if (operation.kind == strata::OperationKind::kPut)
      batch.put(operation.key, operation.value);
    else
      batch.remove(operation.key);
    strata::wal::encode_batch(batch, (*entry)->timestamp, again);
  }
  STRATA_ASSERT(strata::as_text(again) == strata::as_text(payload));
  return 0;
}
