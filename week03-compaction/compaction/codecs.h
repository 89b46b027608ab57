// What makes blocks smaller. Format: FORMAT.md, "Compressed block".
//
//   LZ4        unpacks a block in half a microsecond; for what is read a lot
//   Zstandard  makes it smaller still, the more so the more regular its values are, and takes four
//              times as long; for the bottom level, which is the most of what a store keeps
//
// A block that would not become smaller by an eighth is left plain: reading it costs nothing more.
//
// Nothing in the stored bytes is believed: they either unpack to just as many bytes as they
// say, and at most kMaxUnpackedSize, or it is kCorruption.
//
// Thread-safety: constant; may be used by many threads at once.
#pragma once

#include "lsm/seams.h"
#include "store/limits.h"

namespace strata::compaction {

// Blocks larger than this are left plain. One with the largest entry that there can be is not.
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

  // The level says how long to look for what repeats: 1 to 19. Any of them reads all.
  explicit ZstdCodec(int level = kDefaultLevel) : level_(level) {}

  std::uint8_t number() const override { return 2; }
  std::optional<std::string> compress(std::string_view contents) const override;
  Result<std::string> decompress(std::string_view compressed) const override;

 private:
  const int level_;
};

}  // namespace strata::compaction
