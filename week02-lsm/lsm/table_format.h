// The parts of a table around its entries: handles, trailers, footer, file names. Format:
// FORMAT.md, "Table".
//
//   table:  [magic: 8] [data block]* [filter block]? [index block] [properties block] [footer: 88]
//   block:  [contents] [codec: 1] [checksum: 4]
//
// A block's checksum is seeded with the store's id, the table's number and mark, and the block's
// offset. So it matches only in the place to which the block was written.
//
// Pure functions over bytes; they may be called from many threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace strata::lsm {

inline constexpr std::string_view kTableMagic = "STRATATB";  // 8 bytes
inline constexpr std::uint32_t kTableVersion = 2;
inline constexpr std::uint32_t kWithoutMark = 1;  // the version whose tables have no mark
inline constexpr std::size_t kFooterSize = 88;    // every table has more bytes than this
inline constexpr std::size_t kBlockTrailerSize = 5;

// Identifies a table: which store, which number, and a mark. Two copies of one store have the same
// id and give the same numbers. So each table also gets a random number, its mark, which is in the
// table and in the manifest.
struct TableId {
  std::uint64_t store_id = 0;
  std::uint64_t number = 0;
  std::uint64_t mark = 0;  // 0: a table of version 1, which has none

  bool operator==(const TableId&) const = default;

  std::uint64_t checksum_seed() const;
};

// The place of a block's stored contents in the file. The trailer (codec and checksum) follows
// them.
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

  std::uint32_t version() const { return id.mark == 0 ? kWithoutMark : kTableVersion; }
  std::size_t size() const { return kFooterSize - (id.mark == 0 ? sizeof(id.mark) : 0); }
};
// The footer of a table without a mark has version 1, and 8 bytes less.
Bytes encode_footer(const Footer& footer);
// `bytes` are the last kFooterSize bytes of a file. Errors: kCorruption if they do not end with a
// footer, or if it is damaged; kUnsupported for a version that this program does not know.
Result<Footer> decode_footer(ByteView bytes);

// Appends the trailer of a block to `out`. `out` holds the block's stored contents from `start` on;
// the block will be at `offset` in the file.
void append_trailer(std::uint8_t codec, std::uint64_t seed, std::uint64_t offset, std::size_t start,
                    std::string& out);
// `stored` is a block with its trailer, read from `offset`. Returns its codec, or nullopt if the
// checksum does not match.
std::optional<std::uint8_t> check_trailer(std::string_view stored, std::uint64_t seed,
                                          std::uint64_t offset);

// "000042.table"
std::string table_name(std::uint64_t number);
std::optional<std::uint64_t> parse_table_name(std::string_view name);

}  // namespace strata::lsm
