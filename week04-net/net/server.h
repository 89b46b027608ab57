// Serves a Service to clients that connect over TCP, over a Unix socket, or both.
//
// A client may send requests without waiting for answers; they are answered in the order in which
// they are done. ServerLimits bounds what a client can make the server hold.
//
// Thread-safety: stop() and the figures may be called from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/clock.h"
#include "env/random.h"
#include "net/endpoint.h"
#include "net/handshake.h"
#include "net/server_limits.h"
#include "net/service.h"
#include "net/wire_observer.h"

namespace spdlog {
class logger;
}

namespace strata::net {

struct ServerOptions {
  std::vector<Endpoint> listen = {TcpEndpoint{"127.0.0.1", 0}};  // port 0: the system chooses
  Identity identity = {.cluster_id = "strata", .secret = {}};
  unsigned threads = 1;
  ServerLimits limits = {};
  std::string role = "server";                    // prefix for the names of its figures in STATS
  std::chrono::milliseconds slow_request{1000};   // slower requests are logged
  std::shared_ptr<spdlog::logger> log = nullptr;  // null: nothing is logged
  std::vector<WireObserver*> observers = {};      // must outlive the server
  env::Clock* clock = &env::system_clock();
  env::Entropy* entropy = &env::system_entropy();  // for nonces
};

struct ServerFigures {
  std::uint64_t connections = 0;  // now
  std::uint64_t accepted = 0;     // ever
  std::uint64_t refused = 0;      // there were too many, or the peer was slow or sent nonsense
  std::uint64_t requests = 0;
  std::uint64_t shed = 0;  // reads whose answers were dropped for lack of room
  std::uint64_t in_flight_bytes = 0;
};

class Server {
 public:
  // The server listens when this returns. Lifetime: `service` must outlive the server.
  // Errors: kInvalidArgument for an address that other machines can reach, if there is no secret;
  // kConflict if the address is in use; kIo for any other error of the system.
  static Result<std::unique_ptr<Server>> start(Service& service, ServerOptions options);
  // As stop().
  ~Server();

  // Where it listens, with the port that the system chose.
  const std::vector<Endpoint>& endpoints() const;

  ServerFigures figures() const;

  // Stops: accepts no more connections, refuses new requests, and answers the requests that it has.
  // A peer that takes longer than `patience` to take its answers is disconnected. Blocks until all
  // this is done. Requires: it is called at most once.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(4));

 private:
  class Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace strata::net
