// Watches a server talk with its clients. See wire_capture.h and wire_trace.h.
//
// Thread-safety: the network threads call the functions, many at once.
#pragma once

#include <cstdint>
#include <string_view>

namespace strata::net {

enum class Direction : std::uint8_t { kToServer = 1, kToClient = 2 };

class WireObserver {
 public:
  virtual ~WireObserver() = default;

  virtual void connected(std::uint64_t connection) = 0;
  // `frames`: one or more complete frames. Frames to the server are reported when they are decoded,
  // frames to the client when they are queued for sending.
  virtual void frames(std::uint64_t connection, Direction direction, std::string_view frames) = 0;
  virtual void closed(std::uint64_t connection) = 0;
};

}  // namespace strata::net
