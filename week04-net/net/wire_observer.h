// Looks on while a server talks with its clients. See wire_capture.h and wire_trace.h.
//
// Thread-safety: functions are called by the threads of the network, many at once.
#pragma once

#include <cstdint>
#include <string_view>

namespace strata::net {

enum class Direction : std::uint8_t { kToServer = 1, kToClient = 2 };

class WireObserver {
 public:
  virtual ~WireObserver() = default;

  virtual void connected(std::uint64_t connection) = 0;
  // `frames`: one or several, whole. To the server: as they are decoded; to the client: as they
  // are put in line to be sent.
  virtual void frames(std::uint64_t connection, Direction direction, std::string_view frames) = 0;
  virtual void closed(std::uint64_t connection) = 0;
};

}  // namespace strata::net
