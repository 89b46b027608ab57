#include "net/outbox.h"

namespace strata::net {

Outbox::Flushed Outbox::flush(Socket& socket) {
  while (!empty()) {
    asio::error_code error;
    const std::size_t size = socket.write_some(asio::buffer(unsent()), error);
    if (error == asio::error::would_block) return Flushed::kFull;
    if (error) return Flushed::kBroken;
    take(size);
  }
  return Flushed::kAll;
}

}  // namespace strata::net
