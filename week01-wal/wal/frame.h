// A frame surrounds each payload in a log. Frames let recovery tell a torn tail from damage.
// Format: FORMAT.md, "Frame".
//
//   [header_checksum: 4] [payload_size: 4] [unsynced: 4] [payload_checksum: 4]
//   [payload] [zeros up to a multiple of 8]
//
// Two ideas make this possible:
//   - The header has a checksum of its own, seeded with the log's id and the frame's
//     position. No length is believed before it is checked, and a frame that lies
//     anywhere but where it was written is no frame.
//   - Each header vouches. `unsynced` says how far back the durable part of the log ended
//     when the frame was written. Whatever lies before that point was synced once, so if
//     it cannot be read now, it is damage and not a torn tail.
//
// Pure functions over bytes; they may be called from many threads.
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

// The size of a whole frame: header, payload and padding.
constexpr std::size_t frame_size(std::size_t payload_size) {
  return (kFrameHeaderSize + payload_size + kFrameAlignment - 1) / kFrameAlignment *
         kFrameAlignment;
}

struct FrameHeader {
  std::uint32_t payload_size = 0;
  std::uint32_t unsynced = 0;  // position of the frame - durable end of the log
  std::uint32_t payload_checksum = 0;
};

struct Frame {
  ByteView payload;
  std::size_t size;      // of the whole frame; the next frame begins right after it
  Position durable_end;  // everything before it was synced when the frame was written
};

// Why there is no valid frame at a place. decode_header() checks for kShortHeader first, then for
// kBlank, then for kBadHeader.
enum class FrameFault {
  kBlank,         // the 16 bytes of the header are zero: nothing was written here
  kShortHeader,   // the bytes end within the header
  kBadHeader,     // wrong checksum, payload_size > kMaxPayloadSize, or unsynced > position
  kShortPayload,  // the bytes end within the payload or its padding
  kBadPayload,    // the payload's checksum does not match
};
std::string_view name_of(FrameFault fault);
// GoogleTest prints a fault with this.
inline void PrintTo(FrameFault fault, std::ostream* out) { *out << name_of(fault); }

// Makes a frame of what `out` has from `start` on: kFrameHeaderSize bytes for the header, and the
// payload. In the log the frame will be at `position`, and it vouches for everything before
// `durable_end`. Requires: the payload has at most kMaxPayloadSize bytes; durable_end <= position,
// and less than 4 GiB before it.
void finish_frame(std::uint64_t log_id, Position position, Position durable_end, std::size_t start,
                  Bytes& out);
// Appends a frame for `payload` to `out`, as finish_frame().
void encode_frame(std::uint64_t log_id, Position position, Position durable_end, ByteView payload,
                  Bytes& out);

// Decodes the header at the front of `bytes`, which were read at `position`. Errors: kShortHeader,
// kBlank, kBadHeader.
std::expected<FrameHeader, FrameFault> decode_header(std::uint64_t log_id, Position position,
                                                     ByteView bytes);

// Decodes the frame at the front of `bytes`; its payload is a view into them. Errors: as
// decode_header(), kShortPayload, kBadPayload.
std::expected<Frame, FrameFault> decode_frame(std::uint64_t log_id, Position position,
                                              ByteView bytes);

}  // namespace strata::wal
