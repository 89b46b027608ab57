// Takes any bytes as a filter, and any hash: there is an answer, and no read outside of the bytes.
// And a filter built over the input contains each hash that it was built over.
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "compaction/bloom_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using strata::compaction::BloomFilter;
  const auto input = std::as_bytes(std::span(data, size));
  std::vector<std::uint64_t> hashes;
  for (std::size_t at = 0; at + 8 <= size; at += 8)
    hashes.push_back(strata::load_little_endian<std::uint64_t>(input.data() + at));

  const BloomFilter filter(size % 30 + 1);
  const std::string foreign(strata::as_text(input));  // a copy: a sanitizer sees its end
  const std::string built = filter.build(hashes);
  for (const std::uint64_t hash : hashes) {
    static_cast<void>(filter.may_contain(foreign, hash));
    STRATA_ASSERT(filter.may_contain(built, hash));
  }
  return 0;
}
