// One file of a log: its name, its header, and what reading it tells.
// Format: FORMAT.md, "Segment".
//
// Pure functions over names and bytes.
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
  Position base;  // of the first frame in it
};

Bytes encode_segment_header(const SegmentHeader& header);
// kCorruption if the bytes are no segment header or damaged; kUnsupported for a version
// that this program does not know.
Result<SegmentHeader> decode_segment_header(ByteView bytes);

// "00000000000000004096.log": the base, in twenty digits, so that names sort as positions.
std::string segment_name(Position base);
// nullopt for names of other files.
std::optional<Position> parse_segment_name(std::string_view name);

// Whether the frames of a segment can be followed to the end, and if not, why not.
enum class TailState {
  kClean,    // behind the last frame nothing was ever written
  kTorn,     // what follows was written but never synced: a crash cut it off
  kHole,     // bytes that were durable are blank now, or the file is too short for them
  kDamaged,  // bytes that were durable have changed
};
std::string_view name_of(TailState state);

struct Tail {
  TailState state;
  std::optional<FrameFault> fault;     // what stands there instead of a frame
  std::optional<Position> vouched_by;  // for kHole and kDamaged: the frame that proves it
};

// Says what follows the last good frame. `bytes` is the whole segment; `end` is where its
// frames stop, and must be no frame.
Tail classify_tail(const SegmentHeader& header, ByteView bytes, Position end);

// Where in the file a position of this segment lies.
constexpr std::uint64_t file_offset(const SegmentHeader& header, Position at) {
  return kSegmentHeaderSize + (at - header.base);
}

}  // namespace strata::wal
