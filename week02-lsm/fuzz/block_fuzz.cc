// Input: any contents of a block. Walking and seeking must end, stay in bounds, and may return an
// error.
#include "base/assert.h"
#include "lsm/block.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using strata::lsm::Block;
  using strata::lsm::BlockIterator;
  using strata::lsm::EntryKey;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto block = Block::parse(bytes);
  if (!block) return 0;
  const auto it = std::make_unique<BlockIterator>(*block);
  std::size_t steps = 0;
  for (it->seek_to_first(); it->valid(); it->next()) STRATA_ASSERT(++steps <= size);
  if (size > 0)
    it->seek(EntryKey::visible_at(bytes.substr(0, size / 2), strata::lsm::kMaxSequence));
  steps = 0;
  for (it->seek_to_last(); it->valid(); it->prev()) STRATA_ASSERT(++steps <= size);
  return 0;
}
