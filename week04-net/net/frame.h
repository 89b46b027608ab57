// Frames: how messages are told apart in a stream of bytes. Format: FORMAT.md, "Frame".
//
//   [size: 4] [checksum: 4] [payload: size bytes]      little-endian
//
// The checksum covers the payload and is seeded with its size. TCP has a sum of its own, but
// of 16 bits, and it does not see what happens inside a machine on the way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace strata::net {

inline constexpr std::size_t kFrameHeaderSize = 8;
// An answer is a value, or a page whose last entry may be as large as a key and a value can be.
inline constexpr std::size_t kMaxAnswerSize = std::size_t{32} << 20;

// Appends the frame around `payload`. Requires: it is below 4 GiB.
void append_frame(std::string_view payload, std::string& out);

// Writes the header of the frame whose payload stands at out[payload_at] to the end of `out`.
// For whoever encodes into `out` itself. Requires: kFrameHeaderSize bytes are free before it.
void finish_frame(std::string& out, std::size_t payload_at);

// Cuts a stream back into payloads. Bytes come in whatever pieces the network makes of them.
//
// Thread-safety: none; one owner. Memory: what has been received of one unfinished frame, never
// what its header promises; nothing where no frame is unfinished.
class FrameDecoder {
 public:
  // A frame whose payload is larger is refused as soon as its header is there.
  explicit FrameDecoder(std::size_t max_payload) : max_payload_(max_payload) {}

  // Requires: since the last feed(), next() has answered nullopt, or take_unread() was called.
  // `bytes` must stay as it is until one of them does so again.
  void feed(std::string_view bytes);

  // The next payload: a view, valid until the next call. nullopt: more bytes are needed; what
  // there was of a frame is kept. kCorruption for a frame that is too large or damaged; the
  // stream is lost from there on, and every later call answers the same.
  Result<std::optional<std::string_view>> next();

  // Gives back what next() has not looked at, for whoever stops before it answers nullopt. The
  // last payload is gone.
  std::string_view take_unread() {
    drop_whole();
    return std::exchange(fed_, {});
  }

  // Forgets all, memory as well. For whoever reads no more.
  void clear() {
    std::string().swap(kept_);
    fed_ = {};
    kept_is_whole_ = false;
  }

  // A frame has begun and not ended.
  bool in_frame() const { return !kept_.empty() && !kept_is_whole_; }
  // Beside its own size.
  std::size_t memory() const {
    return kept_.capacity() == std::string().capacity() ? 0 : kept_.capacity();
  }
  void set_max_payload(std::size_t bytes) { max_payload_ = bytes; }

 private:
  void drop_whole();
  Result<std::optional<std::string_view>> next_of(std::string_view& bytes);
  Result<std::optional<std::string_view>> finish_kept();

  std::size_t max_payload_;
  std::string_view fed_;        // of the last feed(), not looked at yet
  std::string kept_;            // the start of a frame that earlier feeds began
  bool kept_is_whole_ = false;  // it was handed out; it goes with the next call
  std::optional<Error> failure_;
};

}  // namespace strata::net
