// Where a server listens: a TCP port of a host, or a socket in the file system. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace strata::net {

struct TcpEndpoint {
  std::string host;  // a name or an address; an IPv6 address without brackets
  std::uint16_t port;

  friend bool operator==(const TcpEndpoint&, const TcpEndpoint&) = default;
};

struct UnixEndpoint {
  std::string path;

  friend bool operator==(const UnixEndpoint&, const UnixEndpoint&) = default;
};

using Endpoint = std::variant<TcpEndpoint, UnixEndpoint>;

// "HOST:PORT", "[ADDRESS]:PORT" or "unix:PATH"; kInvalidArgument for anything else.
Result<Endpoint> parse_endpoint(std::string_view text);

// The text of an endpoint; parse_endpoint() makes the same endpoint of it.
std::string text_of(const Endpoint& endpoint);

}  // namespace strata::net
