// What stands in a table beside its entries. Format: FORMAT.md, "Table".
//
//   table:  [magic: 8] [data block]* [filter block]? [index block] [properties block] [footer: 80]
//   block:  [contents] [codec: 1] [checksum: 4]
//
// The checksums are seeded with the store, the file's number and the block's offset, so a
// block passes only in the place it was written to.
//
// Pure functions over bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace strata::lsm {

inline constexpr std::string_view kTableMagic = "STRATATB";  // 8 bytes
inline constexpr std::uint32_t kTableVersion = 1;
inline constexpr std::size_t kFooterSize = 80;
inline constexpr std::size_t kBlockTrailerSize = 5;

// Which file of which store.
struct TableId {
  std::uint64_t store_id = 0;
  std::uint64_t number = 0;

  std::uint64_t checksum_seed() const;
};

// Where a block's contents are; the trailer follows them.
struct BlockHandle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // 0: there is no such block
};
void append_handle(const BlockHandle& handle, std::string& out);
std::optional<BlockHandle> parse_handle(std::string_view bytes);

struct Footer {
  TableId id;
  BlockHandle index;
  BlockHandle filter;
  BlockHandle properties;
};
Bytes encode_footer(const Footer& footer);
// `bytes` are the last kFooterSize of a file. kCorruption if they are no footer, or damaged;
// kUnsupported for a version that this program does not know.
Result<Footer> decode_footer(ByteView bytes);

// Appends the trailer of the block whose stored contents `out` holds from `start` on, and
// which will stand at `offset` in the file.
void append_trailer(std::uint8_t codec, std::uint64_t seed, std::uint64_t offset, std::size_t start,
                    std::string& out);
// The codec of a stored block with its trailer, at `offset`; nullopt if the checksum does
// not match.
std::optional<std::uint8_t> check_trailer(std::string_view stored, std::uint64_t seed,
                                          std::uint64_t offset);

// "000042.table"
std::string table_name(std::uint64_t number);
std::optional<std::uint64_t> parse_table_name(std::string_view name);

}  // namespace strata::lsm
