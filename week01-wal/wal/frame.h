// What stands around a payload in a log, so that recovery can tell a torn tail from
// damage. Format: FORMAT.md, "Frame".
//
//   [header_checksum: 4] [payload_size: 4] [unsynced: 4] [payload_checksum: 4]
//   [payload] [zeros up to a multiple of 8]
//
// Two ideas carry it:
//   - The header has a checksum of its own, seeded with the log's id and the frame's
//     position. No length is believed before it is checked, and a frame that lies
//     anywhere but where it was written is no frame.
//   - Each header vouches. `unsynced` says how far back the durable part of the log ended
//     when the frame was written. Whatever lies before that point was synced once, so if
//     it cannot be read now, it is damage and not a torn tail.
//
// Pure functions over bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <ostream>

#include "base/bytes.h"
#include "wal/position.h"

namespace strata::wal {

inline constexpr std::size_t kFrameHeaderSize = 16;
inline constexpr std::size_t kFrameAlignment = 8;
inline constexpr std::size_t kMaxPayloadSize = std::size_t{64} << 20;
static_assert(kFrameHeaderSize % kFrameAlignment == 0);

// Header, payload and padding.
constexpr std::size_t frame_size(std::size_t payload_size) {
  return (kFrameHeaderSize + payload_size + kFrameAlignment - 1) / kFrameAlignment *
         kFrameAlignment;
}

struct FrameHeader {
  std::uint32_t payload_size = 0;
  std::uint32_t unsynced = 0;  // bytes between the durable end of the log and this frame
  std::uint32_t payload_checksum = 0;
};

struct Frame {
  ByteView payload;
  std::size_t size;      // in the log: where the next frame begins
  Position durable_end;  // what the frame vouches for
};

// Why there is no frame at a place.
enum class FrameFault {
  kBlank,         // a header of zeros: nothing was written here
  kShortHeader,   // the bytes end within the header
  kBadHeader,     // the header's checksum does not match
  kShortPayload,  // the bytes end within the payload or its padding
  kBadPayload,    // the payload's checksum does not match
};
std::string_view name_of(FrameFault fault);
// How a test shows one.
inline void PrintTo(FrameFault fault, std::ostream* out) { *out << name_of(fault); }

// Appends a frame for `payload`, which will stand at `position`, to `out`.
// Requires: payload.size() <= kMaxPayloadSize; durable_end <= position, less than 4 GiB
// before it; out is as long as a whole number of frames.
void encode_frame(std::uint64_t log_id, Position position, Position durable_end, ByteView payload,
                  Bytes& out);

// The header at the front of `bytes`, if its checksum says that it belongs there.
std::expected<FrameHeader, FrameFault> decode_header(std::uint64_t log_id, Position position,
                                                     ByteView bytes);

// The frame at the front of `bytes`; its payload is a view into them.
std::expected<Frame, FrameFault> decode_frame(std::uint64_t log_id, Position position,
                                              ByteView bytes);

}  // namespace strata::wal
