// Makes sockets that listen and sockets that connect. The differences between TCP and Unix sockets
// are hidden here. Private to the server and the client.
#pragma once

#include <sys/stat.h>
#include <asio/awaitable.hpp>
#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/endpoint.h"

namespace strata::net {

using Socket = asio::generic::stream_protocol::socket;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// A socket that listens. Thread-safety: none.
class Listener {
 public:
  // Listens at each address that `endpoint` has; a name may have several, such as localhost. An
  // address of a kind that this machine does not have is left out, if there is another. The result
  // is not empty, and all of it has the same endpoint(). A socket in the file system gets mode
  // 0600, so that only its owner can connect. If a dead server has left a socket there, it is
  // replaced; one on which a server listens is not, even if several servers start at the same
  // moment. Blocks: on these servers, for up to two seconds. Errors: kInvalidArgument for an
  // address that other machines can reach, unless `beyond_loopback`, and for a name that has no
  // address; kConflict if the address is in use; kIo for anything else.
  static Result<std::vector<std::unique_ptr<Listener>>> open(asio::io_context& io,
                                                             const Endpoint& endpoint,
                                                             bool beyond_loopback);
  // The part of open() that listens: at each of the addresses that the name in `endpoint` has. Does
  // not ask who can reach them.
  static Result<std::vector<std::unique_ptr<Listener>>> open_all(
      asio::io_context& io, const TcpEndpoint& endpoint,
      const std::vector<asio::ip::tcp::endpoint>& addresses);
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Acceptor& acceptor() { return acceptor_; }
  // Where it listens, with the port that the system chose.
  const Endpoint& endpoint() const { return endpoint_; }

  // Removes the socket from the file system, unless another server has taken its name; stops
  // listening.
  void close();

 private:
  explicit Listener(asio::io_context& io, Endpoint endpoint)
      : acceptor_(io), endpoint_(std::move(endpoint)) {}
  asio::error_code listen(const asio::generic::stream_protocol::endpoint& address);
  Result<void> listen_at_file(const std::string& path);
  asio::error_code listen_at_port(const asio::ip::tcp::endpoint& address);

  Acceptor acceptor_;
  Endpoint endpoint_;
  std::optional<struct ::stat> file_;  // of the socket in the file system
};

// Who is at the other end, for the log: an address and a port, or a process and its user. "gone" if
// the system no longer knows.
std::string peer_of(Socket& socket);

// Sets options of a connected socket: small frames are sent at once, and a dead peer is noticed.
void prepare(Socket& socket);

// Connects `socket`. Both arguments must live until then. To give up, its owner closes the socket
// meanwhile. Errors: kUnavailable if nobody listens there, or for another reason that may pass.
asio::awaitable<Result<void>> connect(const Endpoint& endpoint, Socket& socket);

}  // namespace strata::net
