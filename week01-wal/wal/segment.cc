#include "wal/segment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checksum.h"

namespace strata::wal {
namespace {

constexpr std::string_view kSegmentSuffix = ".log";
constexpr std::size_t kChecksumOffset = kSegmentHeaderSize - sizeof(std::uint64_t);

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

// The first frame header after `end` that vouches for the bytes at `end`.
std::optional<Position> find_voucher(const SegmentHeader& header, ByteView bytes, Position end) {
  // TASK 1.4: call decode_header() at every aligned place after `end`. A valid header there says
  // how far the log was durable when it was written: up to `unsynced` bytes before its own
  // position. If this durable end is greater than `end`, the bytes at `end` were durable: return
  // the header's position. If it is equal to `end`, this is no proof: that frame vouches only for
  // bytes before `end`.
  for (Position at = end + kFrameAlignment;; at = at + kFrameAlignment) {
    const std::uint64_t offset = file_offset(header, at);
    if (offset + kFrameHeaderSize > bytes.size()) return std::nullopt;
    const auto found = decode_header(header.log_id, at, bytes.subspan(offset));
    if (found && Position(at.value() - found->unsynced) > end) return at;
  }
  // END TASK 1.4
}

}  // namespace

Bytes encode_segment_header(const SegmentHeader& header) {
  Bytes bytes;
  Encoder out(bytes);
  out.text(kSegmentMagic);
  out.u32(kSegmentVersion);
  out.u32(kSegmentHeaderSize);
  out.u64(header.log_id);
  out.u64(header.base.value());
  out.u64(checksum64(bytes));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(ByteView bytes) {
  if (bytes.size() < kSegmentHeaderSize)
    return corruption(fmt::format("it has {} bytes; a segment header alone takes {}", bytes.size(),
                                  kSegmentHeaderSize));
  Decoder in(bytes.first(kSegmentHeaderSize));
  if (as_text(*in.bytes(kSegmentMagic.size())) != kSegmentMagic)
    return corruption("it does not begin as a log segment does");
  // The version decides how to read the rest, so it is checked before the checksum.
  if (const std::uint32_t version = *in.u32(); version != kSegmentVersion)
    return unsupported(fmt::format("it has segment version {}; this program knows version {}",
                                   version, kSegmentVersion));
  const std::uint32_t header_size = *in.u32();
  const SegmentHeader header{.log_id = *in.u64(), .base = Position(*in.u64())};
  if (header_size != kSegmentHeaderSize || *in.u64() != checksum64(bytes.first(kChecksumOffset)))
    return corruption("its segment header does not match its checksum");
  if (header.base >= kPositionLimit) return corruption("its position is too large");
  return header;
}

std::string segment_name(Position base) { return file_name(base, kSegmentSuffix); }

std::optional<Position> parse_segment_name(std::string_view name) {
  return parse_file_name(name, kSegmentSuffix);
}

std::string_view name_of(TailState state) {
  switch (state) {
    case TailState::kClean:
      return "clean";
    case TailState::kTorn:
      return "torn";
    case TailState::kHole:
      return "hole";
    case TailState::kDamaged:
      return "damaged";
  }
  return "unknown";
}

Tail classify_tail(const SegmentHeader& header, ByteView bytes, Position end) {
  // TASK 1.4: there is no valid frame at `end`. If a later frame vouches for this place, it was
  // durable once: the state is kHole if the header there is blank, else kDamaged. If no frame does,
  // the state is kTorn, or kClean if only zeros (or nothing) follow. Fill in all fields of Tail.
  const std::uint64_t offset = file_offset(header, end);
  const ByteView rest = offset < bytes.size() ? bytes.subspan(offset) : ByteView();
  const auto frame = decode_frame(header.log_id, end, rest);
  const auto fault = frame ? std::optional<FrameFault>() : frame.error();
  if (const auto voucher = find_voucher(header, bytes, end)) {
    const bool blank = fault == FrameFault::kBlank;
    return {blank ? TailState::kHole : TailState::kDamaged, fault, voucher};
  }
  return {all_zero(rest) ? TailState::kClean : TailState::kTorn, fault, std::nullopt};
  // END TASK 1.4
}

}  // namespace strata::wal
