// One file of a log: its name, its header, and what follows its last frame. Format: FORMAT.md,
// "Segment".
//
// Pure functions over names and bytes; they may be called from many threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wal/frame.h"

namespace strata::wal {

inline constexpr std::string_view kSegmentMagic = "STRATALG";  // 8 bytes
inline constexpr std::uint32_t kSegmentVersion = 1;
inline constexpr std::size_t kSegmentHeaderSize = 40;
static_assert(kSegmentHeaderSize % kFrameAlignment == 0);

struct SegmentHeader {
  std::uint64_t log_id = 0;
  Position base;  // the position of its first frame
};

Bytes encode_segment_header(const SegmentHeader& header);
// Errors: kCorruption if the bytes are not a segment header, or are damaged; kUnsupported for a
// version that this program does not know.
Result<SegmentHeader> decode_segment_header(ByteView bytes);

// "00000000000000004096.log": the base in twenty digits, so that names sort in the order of
// positions.
std::string segment_name(Position base);
// Returns nullopt for names of other files.
std::optional<Position> parse_segment_name(std::string_view name);

// What follows the last good frame of a segment.
enum class TailState {
  kClean,    // only zeros, or the end of the file: nothing was written there
  kTorn,     // bytes that a crash left incomplete; no frame vouches for them
  kHole,     // bytes that were durable are zero now, or the file is too short
  kDamaged,  // bytes that were durable have changed
};
std::string_view name_of(TailState state);

struct Tail {
  TailState state;
  std::optional<FrameFault> fault;     // why there is no valid frame at that place
  std::optional<Position> vouched_by;  // for kHole and kDamaged: the frame that vouches
};

// Says what follows the last good frame of the last segment of a log. `bytes` is the whole file.
// Requires: there is no valid frame at `end`, where the good frames stop.
Tail classify_tail(const SegmentHeader& header, ByteView bytes, Position end);

// The offset in the file of a position of this segment.
constexpr std::uint64_t file_offset(const SegmentHeader& header, Position at) {
  return kSegmentHeaderSize + (at - header.base);
}

}  // namespace strata::wal
