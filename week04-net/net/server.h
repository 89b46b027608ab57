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
#include "net/store_service.h"
#include "net/wire_observer.h"

namespace spdlog {
class logger;
}

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

struct ServerOptions {
  std::vector<Endpoint> listen = {TcpEndpoint{"127.0.0.1", 0}};  // port 0: the system chooses
  Identity identity = {.cluster_id = "strata", .secret = {}};
  unsigned threads = 1;
  ServerLimits limits = {};
  StoreServiceOptions service = {};               // the options of its service; clients are told
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
