#include "compaction/codecs.h"

#include <fmt/format.h>
#include <lz4.h>
#include <zstd.h>

#include <memory>
#include <new>
#include <utility>

#include "base/bytes.h"

namespace strata::compaction {
namespace {

constexpr std::size_t kSizeSize = sizeof(std::uint32_t);  // of the size field in front

// The most that the stored form of `size` bytes may have, its own size in front included.
constexpr std::size_t largest_worth_it(std::size_t size) { return size - size / 8; }

// Makes a stored block: `size`, then the bytes that pack(to, room) writes to `to`, at most `room`.
// nullopt if compressing does not pay. Requires: `pack` returns how many bytes it wrote, 0 if there
// was too little room, and does not throw.
std::optional<std::string> stored(std::size_t size, auto pack) {
  const std::size_t most = largest_worth_it(size);
  if (size > kMaxUnpackedSize || most <= kSizeSize) return std::nullopt;
  std::string out;
  out.resize_and_overwrite(most, [&](char* to, std::size_t) {
    store_little_endian(reinterpret_cast<std::byte*>(to), static_cast<std::uint32_t>(size));
    const std::size_t packed = pack(to + kSizeSize, most - kSizeSize);
    return packed == 0 ? 0 : kSizeSize + packed;
  });
  if (out.empty()) return std::nullopt;
  return out;
}

// The size that a stored block states for its contents. kCorruption if that size is impossible.
Result<std::size_t> unpacked_size(std::string_view compressed) {
  const auto size = Decoder(as_bytes(compressed)).u32();
  if (!size) return corruption("a compressed block is too short for its size");
  if (*size > kMaxUnpackedSize || compressed.size() > largest_worth_it(*size))
    return corruption(
        fmt::format("a compressed block of {} bytes cannot hold {}", compressed.size(), *size));
  return *size;
}

// The `size` bytes that unpack(to) writes; kCorruption if it returns false. The memory is not set
// to zero first. Requires: `unpack` returns whether it wrote exactly `size` bytes, and does not
// throw.
Result<std::string> unpacked(std::size_t size, auto unpack) {
  std::string out;
  bool whole = false;
  out.resize_and_overwrite(size, [&](char* to, std::size_t) {
    whole = unpack(to);
    return whole ? size : 0;
  });
  if (!whole) return corruption(fmt::format("a block does not unpack to its {} bytes", size));
  return out;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Contexts are large, so each thread keeps its own.
ZSTD_CCtx* packing_context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context = [] {
    std::unique_ptr<ZSTD_CCtx, FreeContext> made(ZSTD_createCCtx());
    if (!made) throw std::bad_alloc();
    // The block has the size in front of the frame already.
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_contentSizeFlag, 0);
    return made;
  }();
  return context.get();
}

ZSTD_DCtx* unpacking_context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context = [] {
    std::unique_ptr<ZSTD_DCtx, FreeContext> made(ZSTD_createDCtx());
    if (!made) throw std::bad_alloc();
    return made;
  }();
  return context.get();
}

}  // namespace

std::optional<std::string> Lz4Codec::compress(std::string_view contents) const {
  // TASK 3.3: compress with LZ4_compress_default() into the room that stored() offers. Like `pack`
  // of stored(), it returns 0 if the room is too little.
  return stored(contents.size(), [&](char* to, std::size_t room) {
    const int packed = LZ4_compress_default(contents.data(), to, static_cast<int>(contents.size()),
                                            static_cast<int>(room));
    return static_cast<std::size_t>(packed);
  });
  // END TASK 3.3
}

Result<std::string> Lz4Codec::decompress(std::string_view compressed) const {
  // TASK 3.3: read the size in front with unpacked_size(), then decompress what follows with
  // LZ4_decompress_safe(), which never reads or writes outside of the memory that it is given. It
  // returns the number of bytes written, negative for damage; anything but the size in front is
  // kCorruption.
  STRATA_TRY(const std::size_t size, unpacked_size(compressed));
  compressed.remove_prefix(kSizeSize);
  return unpacked(size, [&](char* to) {
    const int count = LZ4_decompress_safe(
        compressed.data(), to, static_cast<int>(compressed.size()), static_cast<int>(size));
    return std::cmp_equal(count, size);
  });
  // END TASK 3.3
}

std::optional<std::string> ZstdCodec::compress(std::string_view contents) const {
  ZSTD_CCtx* const context = packing_context();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level_);
  return stored(contents.size(), [&](char* to, std::size_t room) -> std::size_t {
    const std::size_t packed = ZSTD_compress2(context, to, room, contents.data(), contents.size());
    return ZSTD_isError(packed) ? 0 : packed;
  });
}

Result<std::string> ZstdCodec::decompress(std::string_view compressed) const {
  STRATA_TRY(const std::size_t size, unpacked_size(compressed));
  compressed.remove_prefix(kSizeSize);
  ZSTD_DCtx* const context = unpacking_context();
  return unpacked(size, [&](char* to) {
    return ZSTD_decompressDCtx(context, to, size, compressed.data(), compressed.size()) == size;
  });
}

}  // namespace strata::compaction
