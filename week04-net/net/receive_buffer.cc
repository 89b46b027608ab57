#include "net/receive_buffer.h"

#include <utility>

#include "base/assert.h"

namespace strata::net {

void ReceiveBuffer::feed(std::string_view bytes, env::TimePoint now) {
  STRATA_ASSERT(hungry_);
  since_ = now;
  if (!decoder_.in_frame()) frame_since_ = since_;
  decoder_.feed(bytes);
  borrowed_ = true;
  hungry_ = false;
}

Result<std::optional<std::string_view>> ReceiveBuffer::next(env::TimePoint now) {
  if (std::exchange(paused_, false)) since_ = frame_since_ = now;
  auto payload = decoder_.next();
  if (!payload) return payload;
  if (*payload) {
    frame_since_ = since_;  // the next frame begins
    return payload;
  }
  hungry_ = true;
  borrowed_ = false;
  if (!held_.empty()) std::string().swap(held_);  // frees its memory too
  return payload;
}

void ReceiveBuffer::put_aside() {
  paused_ = true;
  // TASK 4.5: the bytes that decoder_ has not used yet must survive the pause. Take them back
  // (take_unread; this also frees the last payload). If they are borrowed_, they stand in a buffer
  // that other connections are about to use: keep a copy in held_, and from then on nothing is
  // borrowed_. Otherwise they stand in held_ already. Feed them to decoder_ again.
  std::string_view unread = decoder_.take_unread();
  if (std::exchange(borrowed_, false)) {
    held_ = unread;
    unread = held_;
  }
  decoder_.feed(unread);
  // END TASK 4.5
}

std::size_t ReceiveBuffer::memory() const { return decoder_.memory() + held_.size(); }

void ReceiveBuffer::clear() {
  decoder_.clear();
  std::string().swap(held_);
  borrowed_ = false;
  hungry_ = true;
}

void ReceiveBuffer::check_invariants() const {
  STRATA_ASSERT(!hungry_ || (held_.empty() && !borrowed_));
  STRATA_ASSERT(!borrowed_ || held_.empty());
  STRATA_ASSERT(!paused_ || !borrowed_);
  STRATA_ASSERT(frame_since_ <= since_);
}

}  // namespace strata::net
