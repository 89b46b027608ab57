// Any STORE file: what is accepted is exactly what encode_store makes.
#include "base/assert.h"
#include "store/store_directory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto store = strata::decode_store(text))
    STRATA_ASSERT(strata::encode_store(*store) == text);
  return 0;
}
