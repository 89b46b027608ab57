#include "net/send_buffer.h"

#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::size_t kKeptCapacity = std::size_t{64} << 10;  // kept when nothing is left to send

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
  if (bytes_.empty() && bytes_.capacity() > kKeptCapacity) std::string().swap(bytes_);
}

}  // namespace strata::net
