// Compress the blocks of tables. Format: FORMAT.md, "Compressed block".
//
//   LZ4        decompresses a block in half a microsecond; good for data that is read often
//   Zstandard  makes blocks smaller, above all if values are regular, and takes four times as long
//              to decompress; good for the last level, which has most of a store's data
//
// compress() returns nullopt for a block that would not shrink by an eighth, the size field
// included: such a block is stored plain, so reading it costs nothing more.
//
// decompress() does not trust the stored bytes. They must decompress to exactly the size that they
// state, and that size must be at most kMaxUnpackedSize; otherwise it returns kCorruption.
//
// Thread-safety: immutable; may be used by many threads at once.
#pragma once

#include "lsm/seams.h"
#include "store/limits.h"

namespace strata::compaction {

// Larger blocks are stored plain. A block with the largest possible entry is below this.
inline constexpr std::size_t kMaxUnpackedSize = std::size_t{32} << 20;
static_assert(kMaxUnpackedSize > kMaxKeySize + kMaxValueSize);

class Lz4Codec final : public lsm::Codec {
 public:
  std::uint8_t number() const override { return 1; }
  std::optional<std::string> compress(std::string_view contents) const override;
  Result<std::string> decompress(std::string_view compressed) const override;
};

class ZstdCodec final : public lsm::Codec {
 public:
  static constexpr int kDefaultLevel = 3;

  // `level`: how long to search for repetitions, 1 to 19. A codec of any level reads all blocks.
  explicit ZstdCodec(int level = kDefaultLevel) : level_(level) {}

  std::uint8_t number() const override { return 2; }
  std::optional<std::string> compress(std::string_view contents) const override;
  Result<std::string> decompress(std::string_view compressed) const override;

 private:
  const int level_;
};

}  // namespace strata::compaction
