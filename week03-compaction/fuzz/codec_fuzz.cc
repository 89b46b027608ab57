// Takes any bytes as a stored block: a codec refuses them, or they decompress to as many bytes as
// they state. And what a codec compresses, it decompresses to the same bytes.
#include "base/assert.h"
#include "base/bytes.h"
#include "compaction/codecs.h"

namespace {

void try_out(const strata::lsm::Codec& codec, std::string_view input) {
  if (const auto contents = codec.decompress(input))
    STRATA_ASSERT(contents->size() ==
                  strata::load_little_endian<std::uint32_t>(strata::as_bytes(input).data()));
  if (const auto packed = codec.compress(input)) {
    STRATA_ASSERT(packed->size() < input.size());
    STRATA_ASSERT(codec.decompress(*packed).value() == input);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  try_out(strata::compaction::Lz4Codec(), input);
  try_out(strata::compaction::ZstdCodec(1), input);
  return 0;
}
