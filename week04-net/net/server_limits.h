// What a client can make a server hold, and for how long. FORMAT.md, "Limits" and "Time-outs".
//
// Plain values; they do not change while a server runs.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace strata::net {

struct ServerLimits {
  // Connections at a time; in no case more than two thirds of the descriptors that the process may
  // have, since the store needs some, too. Each thread keeps at most `strangers` (or a quarter of
  // `connections`) whose handshake is not over; the oldest is closed first. So peers who only
  // connect keep nobody out.
  std::size_t connections = 16'384;
  std::size_t strangers = 1024;
  std::size_t frame_bytes = std::size_t{65} << 20;  // payload of one request
  // Bytes of requests that are not answered and of answers that are not sent. total_bytes is for
  // all connections together, and includes unfinished frames. Above connection_bytes (or
  // connection_requests) the server reads no more from that connection. Above total_bytes it reads
  // no more from any connection for which it holds more than 16 KiB. If that lasts for the time
  // `full` because clients are slow, it closes the connections that hold the most.
  std::size_t connection_bytes = std::size_t{4} << 20;
  std::size_t total_bytes = std::size_t{256} << 20;
  std::size_t connection_requests = 1024;
  // How many clients one connection may write for; each is remembered for an hour. A client has a
  // number of its own; only a server that passes the writes of others on has more.
  std::optional<std::size_t> clients = 64;  // nullopt: any number
  // Answers to requests that were already taken may exceed the limits above by so much. Beyond that
  // the server drops the answer to a read, and sends an error instead.
  std::size_t answer_bytes = std::size_t{32} << 20;

  std::chrono::milliseconds handshake{5000};  // how long it may take
  std::chrono::milliseconds frame{30'000};    // from a frame's first byte to its last
  std::chrono::milliseconds send{30'000};     // how long a peer may take no bytes
  std::chrono::milliseconds idle{600'000};    // how long a connection may have no requests
  std::chrono::milliseconds full{1000};       // see total_bytes
};

}  // namespace strata::net
