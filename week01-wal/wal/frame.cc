#include "wal/frame.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/checksum.h"

namespace strata::wal {
namespace {

constexpr std::size_t kHeaderChecksumSize = 4;

std::uint32_t header_checksum(std::uint64_t log_id, Position position, ByteView header) {
  return checksum32(header.subspan(kHeaderChecksumSize, kFrameHeaderSize - kHeaderChecksumSize),
                    log_id + position.value());
}

}  // namespace

std::string_view name_of(FrameFault fault) {
  switch (fault) {
    case FrameFault::kBlank:
      return "nothing is written there";
    case FrameFault::kShortHeader:
      return "the file ends within a frame header";
    case FrameFault::kBadHeader:
      return "the frame header does not match its checksum";
    case FrameFault::kShortPayload:
      return "the file ends within a payload";
    case FrameFault::kBadPayload:
      return "the payload does not match its checksum";
  }
  return "unknown fault";
}

void finish_frame(std::uint64_t log_id, Position position, Position durable_end, std::size_t start,
                  Bytes& out) {
  STRATA_ASSERT(start + kFrameHeaderSize <= out.size() && durable_end <= position);
  STRATA_ASSERT(out.size() - start - kFrameHeaderSize <= kMaxPayloadSize);
  STRATA_ASSERT(position - durable_end <= std::numeric_limits<std::uint32_t>::max());
  // TASK 1.2: the payload is in `out` already, kFrameHeaderSize bytes after `start`. Add the
  // padding: the frame has frame_size() bytes. Then fill in the fields of the header (frame.h shows
  // them; `unsynced` is position - durable_end). Compute header_checksum() last, because it covers
  // the other fields.
  const std::size_t payload_size = out.size() - start - kFrameHeaderSize;
  out.resize(start + frame_size(payload_size));
  std::byte* header = out.data() + start;
  const ByteView payload(header + kFrameHeaderSize, payload_size);
  store_little_endian(header + 4, static_cast<std::uint32_t>(payload_size));
  store_little_endian(header + 8, static_cast<std::uint32_t>(position - durable_end));
  store_little_endian(header + 12, checksum32(payload));
  store_little_endian(header, header_checksum(log_id, position, {header, kFrameHeaderSize}));
  // END TASK 1.2
}

void encode_frame(std::uint64_t log_id, Position position, Position durable_end, ByteView payload,
                  Bytes& out) {
  STRATA_ASSERT(payload.size() <= kMaxPayloadSize);
  const std::size_t start = out.size();
  out.resize(start + kFrameHeaderSize);
  out.insert(out.end(), payload.begin(), payload.end());
  finish_frame(log_id, position, durable_end, start, out);
}

std::expected<FrameHeader, FrameFault> decode_header(std::uint64_t log_id, Position position,
                                                     ByteView bytes) {
  // TASK 1.2: fewer bytes than a header, a header of zeros, and a wrong checksum are three
  // different faults; check for them in this order. Even if the checksum is right, it is kBadHeader
  // if payload_size is larger than kMaxPayloadSize, or if `unsynced` is larger than the position: a
  // frame cannot vouch for a place before the start of the log.
  if (bytes.size() < kFrameHeaderSize) return std::unexpected(FrameFault::kShortHeader);
  const ByteView header = bytes.first(kFrameHeaderSize);
  if (std::ranges::all_of(header, [](std::byte b) { return b == std::byte{0}; }))
    return std::unexpected(FrameFault::kBlank);
  const auto stored = load_little_endian<std::uint32_t>(header.data());
  const FrameHeader fields{
      .payload_size = load_little_endian<std::uint32_t>(header.data() + 4),
      .unsynced = load_little_endian<std::uint32_t>(header.data() + 8),
      .payload_checksum = load_little_endian<std::uint32_t>(header.data() + 12)};
  if (stored != header_checksum(log_id, position, header) ||
      fields.payload_size > kMaxPayloadSize || fields.unsynced > position.value())
    return std::unexpected(FrameFault::kBadHeader);
  return fields;
  // END TASK 1.2
}

std::expected<Frame, FrameFault> decode_frame(std::uint64_t log_id, Position position,
                                              ByteView bytes) {
  // TASK 1.2: decode the header first; return its fault if it has one. Only then use its
  // payload_size. If `bytes` ends inside the payload or its padding, the fault is kShortPayload; if
  // the payload does not match its checksum, it is kBadPayload.
  const auto header = decode_header(log_id, position, bytes);
  if (!header) return std::unexpected(header.error());
  const std::size_t size = frame_size(header->payload_size);
  if (bytes.size() < size) return std::unexpected(FrameFault::kShortPayload);
  const ByteView payload = bytes.subspan(kFrameHeaderSize, header->payload_size);
  if (checksum32(payload) != header->payload_checksum)
    return std::unexpected(FrameFault::kBadPayload);
  return Frame{payload, size, Position(position.value() - header->unsynced)};
  // END TASK 1.2
}

}  // namespace strata::wal
