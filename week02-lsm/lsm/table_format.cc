#include "lsm/table_format.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/checksum.h"
#include "lsm/varint.h"

namespace strata::lsm {
namespace {

constexpr std::string_view kTableSuffix = ".table";
constexpr std::size_t kChecksumSize = 4;

std::uint32_t block_checksum(std::string_view stored_and_codec, std::uint64_t seed,
                             std::uint64_t offset) {
  return checksum32(as_bytes(stored_and_codec), seed + offset);
}

void put_handle(const BlockHandle& handle, Encoder& out) {
  out.u64(handle.offset);
  out.u64(handle.size);
}

}  // namespace

std::uint64_t TableId::checksum_seed() const {
  Bytes bytes;
  Encoder out(bytes);
  out.u64(store_id);
  out.u64(number);
  if (mark != 0) out.u64(mark);
  return checksum64(bytes);
}

void append_handle(const BlockHandle& handle, std::string& out) {
  append_varint(handle.offset, out);
  append_varint(handle.size, out);
}

std::optional<BlockHandle> parse_handle(std::string_view bytes) {
  const auto offset = take_varint(bytes);
  const auto size = take_varint(bytes);
  if (!offset || !size || !bytes.empty()) return std::nullopt;
  return BlockHandle{*offset, *size};
}

Bytes encode_footer(const Footer& footer) {
  Bytes bytes;
  Encoder out(bytes);
  out.u64(footer.id.store_id);
  out.u64(footer.id.number);
  if (footer.id.mark != 0) out.u64(footer.id.mark);
  put_handle(footer.index, out);
  put_handle(footer.filter, out);
  put_handle(footer.properties, out);
  out.u32(checksum32(bytes));
  out.u32(footer.version());
  out.text(kTableMagic);
  return bytes;
}

Result<Footer> decode_footer(ByteView bytes) {
  constexpr std::size_t kTailSize = 2 * sizeof(std::uint32_t) + kTableMagic.size();
  static_assert(kFooterSize == 9 * sizeof(std::uint64_t) + kTailSize);
  if (bytes.size() != kFooterSize || as_text(bytes.last(kTableMagic.size())) != kTableMagic)
    return corruption("it does not end as a table does");
  Decoder tail(bytes.last(kTailSize));
  const std::uint32_t checksum = *tail.u32();
  // The version decides how to read the rest, so it is checked before the checksum. There is no
  // version 0; a footer that was only partly written may contain it.
  const std::uint32_t version = *tail.u32();
  if (version != kTableVersion && version != kWithoutMark && version != 0)
    return unsupported(fmt::format("it has table version {}; this program knows version {}",
                                   version, kTableVersion));
  const bool marked = version != kWithoutMark;
  const std::size_t fields_size = (marked ? 9 : 8) * sizeof(std::uint64_t);
  const ByteView fields = bytes.last(fields_size + kTailSize).first(fields_size);
  if (checksum != checksum32(fields)) return corruption("its footer does not match its checksum");
  Decoder in(fields);
  Footer footer;
  footer.id = {*in.u64(), *in.u64(), marked ? *in.u64() : 0};
  if (marked && footer.id.mark == 0) return corruption("its footer has no mark");
  for (BlockHandle* handle : {&footer.index, &footer.filter, &footer.properties})
    *handle = {*in.u64(), *in.u64()};
  return footer;
}

void append_trailer(std::uint8_t codec, std::uint64_t seed, std::uint64_t offset, std::size_t start,
                    std::string& out) {
  out.push_back(static_cast<char>(codec));
  std::array<std::byte, kChecksumSize> checksum;
  store_little_endian(checksum.data(),
                      block_checksum(std::string_view(out).substr(start), seed, offset));
  out.append(as_text(checksum));
}

std::optional<std::uint8_t> check_trailer(std::string_view stored, std::uint64_t seed,
                                          std::uint64_t offset) {
  if (stored.size() < kBlockTrailerSize) return std::nullopt;
  const std::string_view covered = stored.substr(0, stored.size() - kChecksumSize);
  const auto checksum =
      load_little_endian<std::uint32_t>(as_bytes(stored).last(kChecksumSize).data());
  if (checksum != block_checksum(covered, seed, offset)) return std::nullopt;
  return static_cast<std::uint8_t>(covered.back());
}

std::string table_name(std::uint64_t number) {
  return fmt::format("{:06}{}", number, kTableSuffix);
}

std::optional<std::uint64_t> parse_table_name(std::string_view name) {
  if (!name.ends_with(kTableSuffix)) return std::nullopt;
  name.remove_suffix(kTableSuffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return table_name(number) == std::string(name) + std::string(kTableSuffix) ? std::optional(number)
                                                                             : std::nullopt;
}

}  // namespace strata::lsm
