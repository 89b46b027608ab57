// The bytes that a peer has sent and the server has not used yet; and since when the peer has been
// sending the frame that is not finished.
//
// A pause (put_aside) is when the server may take no more frames for now. It keeps what has
// arrived, and the time of a frame stands still: the delay is not the fault of the peer.
//
// Pure. Thread-safety: none; one owner. Memory: none while no frame is unfinished and nothing is
// put aside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "env/clock.h"
#include "net/frame.h"

namespace strata::net {

class ReceiveBuffer {
 public:
  ReceiveBuffer(std::size_t max_payload, env::TimePoint now)
      : decoder_(max_payload), since_(now), frame_since_(now) {}

  // Takes bytes that have arrived now. Requires: hungry(). `bytes` must stay valid until it is
  // hungry() again, or put_aside() is called.
  void feed(std::string_view bytes, env::TimePoint now);

  // The payload of the next frame, valid until the next call. nullopt: there is none, and it is
  // hungry(). Ends a pause. Errors: as FrameDecoder::next().
  Result<std::optional<std::string_view>> next(env::TimePoint now);

  // Begins a pause. The bytes of the last feed() may be used for something else after this.
  void put_aside();

  // There is no complete frame left.
  bool hungry() const { return hungry_; }
  bool paused() const { return paused_; }
  // The bytes of memory that it uses beside its own size.
  std::size_t memory() const;
  // When bytes arrived last, or the last pause ended.
  env::TimePoint since() const { return since_; }
  // Whether a frame is unfinished, and the peer has taken longer than `limit` for it.
  bool takes_longer_than(std::chrono::milliseconds limit, env::TimePoint now) const {
    return decoder_.in_frame() && !paused_ && now - frame_since_ > limit;
  }

  void set_max_payload(std::size_t bytes) { decoder_.set_max_payload(bytes); }
  // Forgets everything, and frees the memory.
  void clear();

  // While it is hungry, it keeps nothing but the start of a frame.
  void check_invariants() const;

 private:
  FrameDecoder decoder_;
  std::string held_;       // bytes that were put aside; decoder_ uses them
  bool borrowed_ = false;  // decoder_ uses the bytes of the last feed(), not held_
  bool hungry_ = true;
  bool paused_ = false;
  env::TimePoint since_;
  env::TimePoint frame_since_;  // when the unfinished frame began, or the frame before it ended
};

}  // namespace strata::net
