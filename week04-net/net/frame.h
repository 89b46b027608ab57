// Frames separate the messages in a stream of bytes. Format: FORMAT.md, "Frame".
//
//   [size: 4] [checksum: 4] [payload: size bytes]      little-endian
//
// The checksum covers the payload and is seeded with the size. TCP has a checksum too, but of only
// 16 bits, and it does not cover what happens inside the machines on the way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace strata::net {

inline constexpr std::size_t kFrameHeaderSize = 8;
// The largest payload of an answer. An answer is a value, or a page of a scan whose last entry may
// have the largest key and the largest value.
inline constexpr std::size_t kMaxAnswerSize = std::size_t{32} << 20;

// Appends the frame with `payload` to `out`. Requires: `payload` has less than 4 GiB.
void append_frame(std::string_view payload, std::string& out);

// Writes a frame's header. For callers that encode the payload directly into `out`: the payload
// begins at out[payload_at] and goes to the end of `out`. Requires: payload_at >= kFrameHeaderSize;
// the kFrameHeaderSize bytes before payload_at are for the header, and are overwritten.
void finish_frame(std::string& out, std::size_t payload_at);

// Finds the payloads in a stream of bytes. The bytes may come in any pieces, as the network
// delivers them.
//
// Use: feed() some bytes, then call next() until it returns nullopt.
//
// Thread-safety: none; one owner. Memory: grows with the bytes of an unfinished frame that have
// arrived, never with the size that its header announces; none when no frame is unfinished and no
// payload is handed out.
class FrameDecoder {
 public:
  // next() refuses a frame with a larger payload as soon as the frame's header has arrived.
  explicit FrameDecoder(std::size_t max_payload) : max_payload_(max_payload) {}

  // Requires: since the last feed(), next() has returned nullopt, or take_unread() was called.
  // `bytes` must stay valid and unchanged until one of these happens again.
  void feed(std::string_view bytes);

  // Returns the next payload, a view that is valid until the next call. nullopt: more bytes are
  // needed; the start of an unfinished frame is kept, so the fed bytes may be reused.
  // Errors: kCorruption for a frame that is too large or damaged. Nobody knows where the next frame
  // begins, so every later call returns the same error.
  Result<std::optional<std::string_view>> next();

  // Returns the fed bytes that next() has not used. For a caller that stops before next() returns
  // nullopt. The last payload is no longer valid.
  std::string_view take_unread() {
    drop_whole();
    return std::exchange(fed_, {});
  }

  // Forgets everything and frees the memory. For a caller that will read no more.
  void clear() {
    std::string().swap(kept_);
    fed_ = {};
    kept_is_whole_ = false;
  }

  // Whether a frame has begun and not ended.
  bool in_frame() const { return !kept_.empty() && !kept_is_whole_; }
  // The bytes of memory that it uses beside its own size.
  std::size_t memory() const {
    return kept_.capacity() == std::string().capacity() ? 0 : kept_.capacity();
  }
  void set_max_payload(std::size_t bytes) { max_payload_ = bytes; }

 private:
  void drop_whole();
  Result<std::optional<std::string_view>> next_of(std::string_view& bytes);
  Result<std::optional<std::string_view>> finish_kept();

  std::size_t max_payload_;
  std::string_view fed_;        // bytes of the last feed() that are not used yet
  std::string kept_;            // the start of a frame, from earlier feeds
  bool kept_is_whole_ = false;  // its payload was handed out; the next call frees it
  std::optional<Error> failure_;
};

}  // namespace strata::net
