// Serves a Service to whoever connects: over TCP, over a Unix socket, or both.
//
// Requests of one connection may be sent without waiting for answers, and are answered in the
// order in which they are done. What a peer can make the server hold is bounded by ServerLimits.
//
// Thread-safety: stop() and the figures may be called from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/handshake.h"
#include "net/store_service.h"
#include "net/wire_observer.h"

namespace spdlog {
class logger;
}

namespace strata::net {

struct ServerLimits {
  std::size_t connections = 16'384;
  std::size_t frame_bytes = std::size_t{65} << 20;  // of one request
  // Requests that are not answered and answers that are not sent; in all of them, frames that have
  // not ended, too. Above it the server reads no more from that connection, or from any for which
  // it holds more than 16 KiB; and where that lasts because clients are in no hurry, those who hold
  // the most are cut off.
  std::size_t connection_bytes = std::size_t{4} << 20;
  std::size_t total_bytes = std::size_t{256} << 20;
  std::size_t connection_requests = 1024;
  // Beyond what it stops at, this much may come together from requests on their way. What a read
  // would answer then is dropped, and an error is sent instead.
  std::size_t answer_bytes = std::size_t{32} << 20;

  std::chrono::milliseconds handshake{5000};  // from the connection to its end
  std::chrono::milliseconds frame{30'000};    // from a frame's first byte to its last
  std::chrono::milliseconds send{30'000};     // a peer may take nothing for so long
  std::chrono::milliseconds idle{600'000};    // between two requests
};

struct ServerOptions {
  std::vector<Endpoint> listen = {TcpEndpoint{"127.0.0.1", 0}};  // port 0: the system chooses
  Identity identity = {.cluster_id = "strata", .secret = {}};
  unsigned threads = 1;
  ServerLimits limits = {};
  StoreServiceOptions service = {};               // as its service has them; told to clients
  std::string role = "server";                    // before the names of its figures in STATS
  std::chrono::milliseconds slow_request{1000};   // one that takes longer is logged
  std::shared_ptr<spdlog::logger> log = nullptr;  // null: nothing is logged
  std::vector<WireObserver*> observers = {};      // they look on, and outlive the server
};

struct ServerFigures {
  std::uint64_t connections = 0;  // now
  std::uint64_t accepted = 0;     // ever
  std::uint64_t refused = 0;      // for being too many, too slow, or speaking nonsense
  std::uint64_t requests = 0;
  std::uint64_t shed = 0;  // reads whose answers were dropped
  std::uint64_t in_flight_bytes = 0;
};

class Server {
 public:
  // Listens when it returns. `service` must outlive it.
  // kInvalidArgument for an address beyond loopback where there is no secret; kConflict if the
  // address is taken; kIo for what else the system refuses.
  static Result<std::unique_ptr<Server>> start(Service& service, ServerOptions options);
  // As stop().
  ~Server();

  // Where it listens, with the port that the system chose.
  const std::vector<Endpoint>& endpoints() const;

  ServerFigures figures() const;

  // To be called once. Accepts nobody any more, refuses new requests, and answers those that it
  // has; peers that take longer than `patience` to take their answers are cut off. Blocks until
  // that is done.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(4));

 private:
  class Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace strata::net
