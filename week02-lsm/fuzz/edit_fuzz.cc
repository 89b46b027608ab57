// Any record of a manifest: it is refused, or goes back to the same bytes; and where edits
// can be applied they leave a version whose invariants hold.
#include "base/assert.h"
#include "lsm/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace lsm = strata::lsm;
  const auto payload = std::as_bytes(std::span(data, size));
  const auto record = lsm::decode_record(payload);
  if (!record) return 0;
  strata::Bytes again{payload[0]};
  lsm::encode_edit(record->edit, again);
  STRATA_ASSERT(strata::as_text(again) == strata::as_text(payload));
  if (const auto version = lsm::apply({}, record->edit)) version->check_invariants();
  return 0;
}
