// Input: any record of a manifest. It is refused, or encoding it again gives the same bytes. (A
// record of an earlier version gives other bytes, and encoding those again gives the same.) If the
// edit can be applied, the invariants of the resulting version hold.
#include "base/assert.h"
#include "lsm/manifest.h"

namespace lsm = strata::lsm;

namespace {

// Encodes a record of this kind as the program writes it now.
strata::Bytes encoded(std::byte kind, const lsm::VersionEdit& edit) {
  strata::Bytes record{kind};
  lsm::encode_edit(edit, record);
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto payload = std::as_bytes(std::span(data, size));
  const auto record = lsm::decode_record(payload);
  if (!record) return 0;
  const strata::Bytes now = encoded(payload[0], record->edit);
  if (now[1] == payload[1]) {
    STRATA_ASSERT(strata::as_text(now) == strata::as_text(payload));
  } else {
    const auto again = lsm::decode_record(now);
    STRATA_ASSERT(again && encoded(payload[0], again->edit) == now);
  }
  if (const auto version = lsm::apply({}, record->edit)) version->check_invariants();
  return 0;
}
