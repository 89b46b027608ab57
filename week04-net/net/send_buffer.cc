#include "net/send_buffer.h"

#include <algorithm>

#include "base/assert.h"
#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::size_t kKeptCapacity = std::size_t{64} << 10;  // kept, however little is left

}  // namespace

void SendBuffer::add(const google::protobuf::MessageLite& message) {
  append_message(message, bytes_);
}

void SendBuffer::take(std::size_t size) {
  sent_ += size;
  taken_ += size;
  if (sent_ < bytes_.size() / 2) return;  // so each byte moves at most once, on average
  bytes_.erase(0, sent_);
  sent_ = 0;
  // The limits count what is left, so the memory must not be much more than that.
  if (bytes_.capacity() > std::max(kKeptCapacity, 4 * bytes_.size())) bytes_.shrink_to_fit();
}

void SendBuffer::check_invariants() const {
  STRATA_ASSERT(sent_ <= bytes_.size() && (sent_ < bytes_.size() / 2 || sent_ == 0));
  STRATA_ASSERT(bytes_.capacity() <= std::max(kKeptCapacity, 8 * size()));
}

}  // namespace strata::net
